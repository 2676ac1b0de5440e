import { z } from "zod";
import type { Actor, Commit } from "../domain/commit.js";
import { TrackerError } from "../domain/errors.js";
import type { HistoryPage, HistoryRequest } from "./github.js";

/** 1 point for 100 commits: one history and a hundred lists of parents, divided by 100 and rounded. */
export const HISTORY_DOCUMENT = `query History($id: ID!, $oid: GitObjectID!, $first: Int!, $after: String) {
  node(id: $id) {
    ... on Repository {
      object(oid: $oid) {
        ... on Commit {
          history(first: $first, after: $after) {
            nodes {
              oid message authoredDate committedDate
              author { name email avatarUrl user { login } }
              committer { name email avatarUrl user { login } }
              parents(first: 100) { totalCount nodes { oid } }
            }
            pageInfo { endCursor hasNextPage }
          }
        }
      }
    }
  }
  rateLimit { cost remaining resetAt }
}`;

const oid = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/);
const actor = z
  .object({
    name: z.string().nullable(),
    email: z.string().nullable(),
    avatarUrl: z.string().nullable(),
    user: z.object({ login: z.string() }).nullable(),
  })
  .nullable();
const commit = z.object({
  oid,
  message: z.string(),
  authoredDate: z.iso.datetime({ offset: true }),
  committedDate: z.iso.datetime({ offset: true }),
  author: actor,
  committer: actor,
  parents: z.object({ totalCount: z.number(), nodes: z.array(z.object({ oid })) }),
});
const historySchema = z.object({
  nodes: z.array(commit),
  pageInfo: z.object({ endCursor: z.string().nullable(), hasNextPage: z.boolean() }),
});
const dataSchema = z.object({
  node: z.object({ object: z.object({ history: historySchema }).nullable() }).nullable(),
});

/** The page, checked against what was asked for; anything else is `GITHUB_MALFORMED_ANSWER`. */
export function readHistory(request: HistoryRequest, data: unknown): HistoryPage {
  const result = dataSchema.safeParse(data);
  if (!result.success) throw malformed("has another shape than asked for", result.error);
  const { node } = result.data;
  if (node === null) {
    throw new TrackerError(
      "GITHUB_NOT_FOUND",
      "GitHub does not have this repository any more, or the token cannot see it.",
    );
  }
  if (node.object === null) {
    const { oid } = request;
    throw new TrackerError("GITHUB_NOT_FOUND", `GitHub no longer has the commit ${oid}.`, {
      missingOid: oid,
    });
  }
  const { nodes, pageInfo } = node.object.history;
  const commits = nodes.map(toCommit);
  if (commits.length > request.first) throw malformed("holds more commits than asked for");
  if (new Set(commits.map((one) => one.oid)).size < commits.length) {
    throw malformed("holds a commit twice");
  }
  if (request.after === null && commits[0]?.oid !== request.oid) {
    throw malformed("does not begin with the commit asked for");
  }
  if (request.after !== null && pageInfo.endCursor === request.after) {
    throw malformed("is the page before it again");
  }
  return { commits, ...pageInfo };
}

function toCommit(node: z.infer<typeof commit>): Commit {
  if (node.parents.nodes.length < node.parents.totalCount) throw malformed("leaves out parents");
  return {
    oid: node.oid,
    parents: [...new Set(node.parents.nodes.map((parent) => parent.oid))],
    message: storable(node.message),
    author: toActor(node.author),
    authoredAt: new Date(node.authoredDate),
    committer: toActor(node.committer),
    committedAt: new Date(node.committedDate),
  };
}

function toActor(value: z.infer<typeof actor>): Actor {
  return {
    name: storable(value?.name ?? ""),
    email: storable(value?.email ?? ""),
    login: value?.user?.login ?? null,
    avatarUrl: value?.avatarUrl ?? null,
  };
}

/** PostgreSQL's text holds neither NUL nor half a surrogate pair. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll("\u0000", "\uFFFD");
}

function malformed(why: string, cause?: unknown): TrackerError {
  return new TrackerError(
    "GITHUB_MALFORMED_ANSWER",
    `GitHub's page of commits ${why}.`,
    {},
    { cause },
  );
}
