import { z } from "zod";
import type { Actor, Commit } from "../domain/commit.js";
import { storableDate, storableText } from "./storable.js";

/** Without `additions`, `deletions` and `changedFiles`: those GitHub computes, and times out over. */
export const COMMIT_FIELDS = `fragment commitFields on Commit {
  oid message authoredDate committedDate
  author { name email avatarUrl user { login } }
  committer { name email avatarUrl user { login } }
  parents(first: 100) { totalCount nodes { oid } }
}`;

export const oidSchema = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/);
const actor = z
  .object({
    name: z.string().nullable(),
    email: z.string().nullable(),
    avatarUrl: z.string().nullable(),
    user: z.object({ login: z.string() }).nullable(),
  })
  .nullable();

export const commitSchema = z.object({
  oid: oidSchema,
  message: z.string(),
  authoredDate: z.string(),
  committedDate: z.string(),
  author: actor,
  committer: actor,
  parents: z.object({ totalCount: z.number(), nodes: z.array(z.object({ oid: oidSchema })) }),
});
export type CommitNode = z.infer<typeof commitSchema>;

export function leavesOutParents({ parents }: CommitNode): boolean {
  return parents.nodes.length < parents.totalCount;
}

export function toCommit(node: CommitNode): Commit {
  return {
    oid: node.oid,
    parents: [...new Set(node.parents.nodes.map((parent) => parent.oid))],
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
    login: value?.user?.login ?? null,
    avatarUrl: value?.avatarUrl ?? null,
  };
}
