import type { Actor, Commit } from "./commit.js";

/** What git itself has of a commit: whose accounts those are is GitHub's. */
export type CommitOfGit = Omit<Commit, "author" | "committer"> & {
  readonly author: Pick<Actor, "name" | "email">;
  readonly committer: Pick<Actor, "name" | "email">;
};

/** The first field in which two tell the same commit differently; null where they agree on all that git has. */
export function differingField(one: CommitOfGit, other: CommitOfGit): string | null {
  const fields: Record<string, (commit: CommitOfGit) => string | number> = {
    oid: ({ oid }) => oid,
    parents: ({ parents }) => parents.join(" "),
    message: ({ message }) => message,
    "author.name": ({ author }) => author.name,
    "author.email": ({ author }) => author.email,
    authoredAt: ({ authoredAt }) => authoredAt.getTime(),
    "committer.name": ({ committer }) => committer.name,
    "committer.email": ({ committer }) => committer.email,
    committedAt: ({ committedAt }) => committedAt.getTime(),
  };
  for (const [field, read] of Object.entries(fields)) {
    if (read(one) !== read(other)) return field;
  }
  return null;
}
