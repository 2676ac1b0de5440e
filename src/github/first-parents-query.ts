import { z } from "zod";
import type { Commit } from "../domain/commit.js";
import type { Chain } from "../domain/walk.js";
import {
  COMMIT_FIELDS,
  type CommitNode,
  commitSchema,
  leavesOutParents,
  toCommit,
} from "./commit-fields.js";
import type { FirstParentsRequest } from "./github.js";
import { malformedPage, missingCommit, missingRepository, requireWhole } from "./page-answer.js";
import { type RawAnswer, requestIdOf } from "./raw-answer.js";

const dataSchema = z.object({ node: z.record(z.string(), commitSchema.nullable()).nullable() });

/**
 * Every commit of every chain under an alias of its own, found as git names it: `<oid>~<n>` is the
 * n-th first parent (https://git-scm.com/docs/gitrevisions). 1 point for a hundred: only their lists
 * of parents count.
 */
export function firstParentsDocument(chains: readonly Chain[]): string {
  const fields = chains.flatMap(({ oid, length }, chain) =>
    Array.from(
      { length },
      (_, place) =>
        `${alias(chain, place)}: object(expression: "${oid}~${place}") { ...commitFields }`,
    ),
  );
  return `query FirstParents($id: ID!) {
  node(id: $id) {
    ... on Repository {
      ${fields.join("\n      ")}
    }
  }
  rateLimit { cost remaining resetAt }
}
${COMMIT_FIELDS}`;
}

/** The chains one after another, each from its start on; shorter where it comes to a root. */
export function readFirstParents({ chains }: FirstParentsRequest, answer: RawAnswer): Commit[] {
  const { node } = requireWhole(answer, dataSchema);
  const facts = requestIdOf(answer.headers);
  if (node === null) throw missingRepository(facts);
  return chains.flatMap((chain, index) => {
    const { oid, length } = chain;
    const places = Array.from({ length }, (_, place) => node[alias(index, place)] ?? null);
    if (places[0] === null) throw missingCommit(oid, facts);
    const fault = faultOf(chain, places);
    if (fault !== null) throw malformedPage(fault, facts);
    return places.flatMap((commit) => (commit === null ? [] : [toCommit(commit)]));
  });
}

/** In what a chain is not the one asked for. */
function faultOf({ oid }: Chain, places: readonly (CommitNode | null)[]): string | null {
  let expected: string | undefined = oid;
  for (const commit of places) {
    if (commit === null) {
      if (expected !== undefined) return "ends before a chain of parents does";
      continue;
    }
    if (commit.oid !== expected) return "holds another commit than asked for";
    if (leavesOutParents(commit)) return "leaves out parents of a commit";
    expected = commit.parents.nodes[0]?.oid;
  }
  return null;
}

function alias(chain: number, place: number): string {
  return `c${chain}_${place}`;
}
