import { z } from "zod";
import type { Actor, Commit } from "../domain/commit.js";
import { type ErrorDetails, TrackerError } from "../domain/errors.js";
import type { HistoryPage, HistoryRequest } from "./github.js";
import { itemError } from "./github-errors.js";
import { type RawAnswer, readBody, requestIdOf } from "./raw-answer.js";
import { storableDate, storableText } from "./storable.js";

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

const GONE = "GitHub does not have this repository any more, or the token cannot see it.";

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
  authoredDate: z.string(),
  committedDate: z.string(),
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
export function readHistory(request: HistoryRequest, answer: RawAnswer): HistoryPage {
  const facts = requestIdOf(answer.headers);
  const { data, errors } = readBody(answer.body);
  // Half a page is no page: what is missing could never be told from what is not there.
  const [first] = errors;
  const failure = first === undefined ? null : itemError(first, answer);
  if (failure !== null && failure.code !== "GITHUB_NOT_FOUND") throw failure;
  if (failure !== null) {
    throw new TrackerError("GITHUB_NOT_FOUND", GONE, failure.details, { cause: failure });
  }
  const result = dataSchema.safeParse(data);
  if (!result.success) throw malformed("has another shape than asked for", facts, result.error);
  const { node } = result.data;
  if (node === null) throw new TrackerError("GITHUB_NOT_FOUND", GONE, facts);
  if (node.object === null) {
    const { oid } = request;
    const message = `GitHub no longer has the commit ${oid}.`;
    throw new TrackerError("GITHUB_NOT_FOUND", message, { ...facts, missingOid: oid });
  }
  const fault = faultOf(request, node.object.history);
  if (fault !== null) throw malformed(fault, facts);
  const { nodes, pageInfo } = node.object.history;
  return { commits: nodes.map(toCommit), ...pageInfo };
}

/** In what a page is not the one asked for. */
function faultOf(
  { oid, after, first }: HistoryRequest,
  { nodes, pageInfo }: z.infer<typeof historySchema>,
): string | null {
  if (nodes.length > first) return "holds more commits than asked for";
  if (new Set(nodes.map((node) => node.oid)).size < nodes.length) return "holds a commit twice";
  if (after === null && nodes[0]?.oid !== oid) return "does not begin with the commit asked for";
  if (nodes.some(({ parents }) => parents.nodes.length < parents.totalCount)) {
    return "leaves out parents of a commit";
  }
  if (pageInfo.hasNextPage && (nodes.length === 0 || pageInfo.endCursor === null)) {
    return "promises more without a way to go on";
  }
  if (after !== null && pageInfo.endCursor === after) return "is the page before it again";
  return null;
}

function toCommit(node: z.infer<typeof commit>): Commit {
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

function malformed(why: string, details: ErrorDetails, cause?: unknown): TrackerError {
  const message = `GitHub's page of commits ${why}.`;
  return new TrackerError("GITHUB_MALFORMED_ANSWER", message, details, { cause });
}
