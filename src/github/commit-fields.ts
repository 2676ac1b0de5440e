import { z } from "zod";
import type { Actor, Commit } from "../domain/commit.js";
import { storableDate, storableText } from "./storable.js";

/** A hundred, the most that GitHub gives at once; what an octopus has beyond them is asked for by pages. */
export const PARENTS = "totalCount nodes { oid } pageInfo { endCursor hasNextPage }";

/** Without `additions`, `deletions` and `changedFiles`: those GitHub computes, and times out over. */
function fragment(actor: string): string {
  return `fragment commitFields on Commit {
  oid message authoredDate committedDate
  author { ${actor} }
  committer { ${actor} }
  parents(first: 100) { ${PARENTS} }
}`;
}

export const COMMIT_FIELDS = fragment("name email avatarUrl user { login }");
/** What is in git alone. */
export const COMMIT_FIELDS_OF_GIT = fragment("name email");

export const oidSchema = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/);
export const parentsSchema = z.object({
  totalCount: z.number(),
  nodes: z.array(z.object({ oid: oidSchema })),
  pageInfo: z.object({ endCursor: z.string().nullable(), hasNextPage: z.boolean() }),
});
const actor = z
  .object({
    name: z.string().nullable(),
    email: z.string().nullable(),
    avatarUrl: z.string().nullable().optional(),
    user: z.object({ login: z.string() }).nullable().optional(),
  })
  .nullable();

export const commitSchema = z.object({
  oid: oidSchema,
  message: z.string(),
  authoredDate: z.string(),
  committedDate: z.string(),
  author: actor,
  committer: actor,
  parents: parentsSchema,
});
export type CommitNode = z.infer<typeof commitSchema>;

export function toCommit(node: CommitNode): Commit {
  return {
    oid: node.oid,
    parents: node.parents.nodes.map((parent) => parent.oid),
    message: storableText(node.message),
    author: toActor(node.author),
    authoredAt: storableDate(node.authoredDate),
    committer: toActor(node.committer),
    committedAt: storableDate(node.committedDate),
  };
}

function toActor(value: z.infer<typeof actor>): Actor {
  return {
    name: storableText(value?.name ?? ""),
    email: storableText(value?.email ?? ""),
    login: value?.user == null ? null : storableText(value.user.login),
    avatarUrl: value?.avatarUrl == null ? null : storableText(value.avatarUrl),
  };
}
