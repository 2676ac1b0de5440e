import { z } from "zod";
import { COMMIT_FIELDS } from "./commit-fields.js";
import type { HistoryPage, HistoryRequest } from "./github.js";
import { malformedPage, missingCommit, missingRepository, requireFrame } from "./page-answer.js";
import { type RawAnswer, requestIdOf } from "./raw-answer.js";
import { isWithin, readCommit, type ToldCommit } from "./told-commit.js";

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
  totalCount: z.int().positive().nullable().catch(null), // no page is lost over it
  nodes: z.array(z.unknown()),
  pageInfo: z.object({ endCursor: z.string().nullable(), hasNextPage: z.boolean() }),
});
const dataSchema = z.object({
  node: z.object({ object: z.object({ history: historySchema }).nullable() }).nullable(),
});

const NODES = ["node", "object", "history", "nodes"];

/** A page as it came, its commits in GitHub's order. */
export type ToldPage = Omit<HistoryPage, "commits" | "odd"> & {
  readonly told: readonly ToldCommit[];
};

/** The page, checked against what was asked for; anything else is `GITHUB_MALFORMED_ANSWER`. */
export function readHistory(request: HistoryRequest, answer: RawAnswer): ToldPage {
  const isOfCommit: Parameters<typeof requireFrame>[2] = (error) =>
    isWithin(error, NODES) && typeof error.path?.[NODES.length] === "number";
  const { data, errors } = requireFrame(answer, dataSchema, isOfCommit);
  const { node } = data;
  const facts = requestIdOf(answer.headers);
  if (node === null) throw missingRepository(facts);
  if (node.object === null) throw missingCommit(request.oid, facts);
  const { nodes, pageInfo, totalCount } = node.object.history;
  const told = nodes.map((each, index) => {
    const isStart = request.after === null && index === 0;
    const commit = readCommit(each, [...NODES, index], errors, answer);
    const isNameless = commit.kind === "odd" && commit.oid === null;
    return isStart && isNameless ? { ...commit, oid: request.oid } : commit;
  });
  const fault = faultOf(request, told, node.object.history);
  if (fault !== null) throw malformedPage(fault, facts);
  return { told, totalCount, ...pageInfo };
}

/** In what a page is not the one asked for. */
function faultOf(
  { oid, after, first }: HistoryRequest,
  told: readonly ToldCommit[],
  { pageInfo }: z.infer<typeof historySchema>,
): string | null {
  if (told.length > first) return "holds more commits than asked for";
  const oids = told.map((each) => (each.kind === "odd" ? each.oid : each.commit.oid));
  const named = oids.filter((each) => each !== null);
  if (new Set(named).size < named.length) return "holds a commit twice";
  if (after === null && oids[0] !== oid) return "does not begin with the commit asked for";
  if (pageInfo.hasNextPage && (told.length === 0 || pageInfo.endCursor === null)) {
    return "promises more without a way to go on";
  }
  if (after !== null && pageInfo.endCursor === after) return "is the page before it again";
  return null;
}
