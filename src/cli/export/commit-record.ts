/** A commit as it is exported, with all that the API tells of it by itself. */
export interface ExportedCommit {
  readonly repository: { readonly nameWithOwner: string };
  readonly oid: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly authoredAt: string;
  readonly committer: Person;
  readonly committedAt: string;
  readonly messageHeadline: string;
  readonly message: string;
  readonly reachable: boolean;
  readonly firstSeenAt: string;
  readonly sequence: string;
  readonly url: string;
}

interface Person {
  readonly name: string;
  readonly email: string;
  readonly login: string | null;
}

/** A commit and its place: what follows it comes `after` that. */
export interface Exported {
  readonly cursor: string;
  readonly node: ExportedCommit;
}

export const EXPORTED_FIELDS = `
  repository { id nameWithOwner } oid parents
  author { name email login } authoredAt committer { name email login } committedAt
  messageHeadline message reachable firstSeenAt sequence url`;

const COLUMNS: Readonly<Record<string, (exported: Exported) => string>> = {
  repository: ({ node }) => node.repository.nameWithOwner,
  oid: ({ node }) => node.oid,
  parents: ({ node }) => node.parents.join(" "),
  authorName: ({ node }) => node.author.name,
  authorEmail: ({ node }) => node.author.email,
  authorLogin: ({ node }) => node.author.login ?? "",
  authoredAt: ({ node }) => node.authoredAt,
  committerName: ({ node }) => node.committer.name,
  committerEmail: ({ node }) => node.committer.email,
  committerLogin: ({ node }) => node.committer.login ?? "",
  committedAt: ({ node }) => node.committedAt,
  messageHeadline: ({ node }) => node.messageHeadline,
  message: ({ node }) => node.message,
  reachable: ({ node }) => String(node.reachable),
  firstSeenAt: ({ node }) => node.firstSeenAt,
  sequence: ({ node }) => node.sequence,
  url: ({ node }) => node.url,
  cursor: ({ cursor }) => cursor,
};

export const CSV_COLUMNS = Object.keys(COLUMNS);

/** In the order of `CSV_COLUMNS`. */
export function csvCells(exported: Exported): string[] {
  return Object.values(COLUMNS).map((cell) => cell(exported));
}
