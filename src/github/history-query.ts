import { z } from "zod";
import { COMMIT_FIELDS, commitSchema, leavesOutParents, toCommit } from "./commit-fields.js";
import type { HistoryPage, HistoryRequest } from "./github.js";
import { malformedPage, missingCommit, missingRepository, requireWhole } from "./page-answer.js";
import { type RawAnswer, requestIdOf } from "./raw-answer.js";

/** 1 point for 100 commits: one history and a hundred lists of parents, divided by 100 and rounded. */
export const HISTORY_DOCUMENT = `query History(
  $id: ID!, $oid: GitObjectID!, $first: Int!, $after: String, $isCounted: Boolean!
) {
  node(id: $id) {
    ... on Repository {
      object(oid: $oid) {
        ... on Commit {
          history(first: $first, after: $after) {
            totalCount @include(if: $isCounted)
            nodes { ...commitFields }
            pageInfo { endCursor hasNextPage }
          }
        }
      }
    }
  }
  rateLimit { cost remaining resetAt }
}
${COMMIT_FIELDS}`;

const historySchema = z.object({
  totalCount: z.int().positive().optional(),
  nodes: z.array(commitSchema),
  pageInfo: z.object({ endCursor: z.string().nullable(), hasNextPage: z.boolean() }),
});
const dataSchema = z.object({
  node: z.object({ object: z.object({ history: historySchema }).nullable() }).nullable(),
});

/** The page, checked against what was asked for; anything else is `GITHUB_MALFORMED_ANSWER`. */
export function readHistory(request: HistoryRequest, answer: RawAnswer): HistoryPage {
  const { node } = requireWhole(answer, dataSchema);
  const facts = requestIdOf(answer.headers);
  if (node === null) throw missingRepository(facts);
  if (node.object === null) throw missingCommit(request.oid, facts);
  const fault = faultOf(request, node.object.history);
  if (fault !== null) throw malformedPage(fault, facts);
  const { nodes, pageInfo, totalCount = null } = node.object.history;
  return { commits: nodes.map(toCommit), totalCount, ...pageInfo };
}

/** In what a page is not the one asked for. */
function faultOf(
  { oid, after, first, isCounted = false }: HistoryRequest,
  { nodes, pageInfo, totalCount }: z.infer<typeof historySchema>,
): string | null {
  if (isCounted && totalCount === undefined) return "lacks the count that was asked for";
  if (nodes.length > first) return "holds more commits than asked for";
  if (new Set(nodes.map((node) => node.oid)).size < nodes.length) return "holds a commit twice";
  if (after === null && nodes[0]?.oid !== oid) return "does not begin with the commit asked for";
  if (nodes.some(leavesOutParents)) return "leaves out parents of a commit";
  if (pageInfo.hasNextPage && (nodes.length === 0 || pageInfo.endCursor === null)) {
    return "promises more without a way to go on";
  }
  if (after !== null && pageInfo.endCursor === after) return "is the page before it again";
  return null;
}
