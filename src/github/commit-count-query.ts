import { z } from "zod";
import type { CommitCountRequest } from "./github.js";
import { missingCommit, missingRepository, requireWhole } from "./page-answer.js";
import { type RawAnswer, requestIdOf } from "./raw-answer.js";

export const COMMIT_COUNT_DOCUMENT = `query CommitCount($id: ID!, $oid: GitObjectID!) {
  node(id: $id) {
    ... on Repository { object(oid: $oid) { ... on Commit { history(first: 0) { totalCount } } } }
  }
  rateLimit { cost remaining resetAt }
}`;

const historySchema = z.object({ totalCount: z.int().positive() });
const dataSchema = z.object({
  node: z.object({ object: z.object({ history: historySchema }).nullable() }).nullable(),
});

export function readCommitCount({ oid }: CommitCountRequest, answer: RawAnswer): number {
  const { node } = requireWhole(answer, dataSchema);
  const facts = requestIdOf(answer.headers);
  if (node === null) throw missingRepository(facts);
  if (node.object === null) throw missingCommit(oid, facts);
  return node.object.history.totalCount;
}
