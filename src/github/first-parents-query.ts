import { z } from "zod";
import type { Oid } from "../domain/commit.js";
import type { Chain } from "../domain/walk.js";
import { COMMIT_FIELDS, COMMIT_FIELDS_OF_GIT } from "./commit-fields.js";
import type { FirstParentsRequest } from "./github.js";
import { missingCommit, missingRepository, requireFrame, untoldCommit } from "./page-answer.js";
import { type GitHubGraphqlError, type RawAnswer, requestIdOf } from "./raw-answer.js";
import { isWithin, readCommit, type ToldCommit } from "./told-commit.js";

const dataSchema = z.object({ node: z.record(z.string(), z.unknown()).nullable() });
const ALIAS = /^c\d+_\d+$/;

/**
 * Every commit of every chain under an alias of its own, found as git names it: `<oid>~<n>` is the
 * n-th first parent (https://git-scm.com/docs/gitrevisions). 1 point for a hundred: only their lists
 * of parents count.
 */
export function firstParentsDocument({
  chains,
  isOfGitAlone = false,
}: Omit<FirstParentsRequest, "nodeId">): string {
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
${isOfGitAlone ? COMMIT_FIELDS_OF_GIT : COMMIT_FIELDS}`;
}

/** The chains one after another, each from its start on; shorter where it comes to a root. */
export function readFirstParents(
  { chains }: FirstParentsRequest,
  answer: RawAnswer,
): readonly ToldCommit[] {
  const isOfCommit = (error: GitHubGraphqlError) =>
    isWithin(error, ["node"]) && ALIAS.test(String(error.path?.[1]));
  const { data, errors } = requireFrame(answer, dataSchema, isOfCommit);
  const { node } = data;
  if (node === null) throw missingRepository(requestIdOf(answer.headers));
  return chains.flatMap((chain, index) => readChain(chain, index, node, errors, answer));
}

/**
 * Each commit names the next. Where one is odd nobody does: what comes behind it is what it says it is,
 * and its own first parent is next.
 */
function readChain(
  { oid, length }: Chain,
  chain: number,
  node: Readonly<Record<string, unknown>>,
  errors: readonly GitHubGraphqlError[],
  answer: RawAnswer,
): ToldCommit[] {
  const facts = requestIdOf(answer.headers);
  const told: ToldCommit[] = [];
  let expected: Oid | null = oid; // null: unknown
  for (let place = 0; place < length; place += 1) {
    const name = alias(chain, place);
    const value = node[name] ?? null;
    const path = ["node", name];
    const isMute = value === null && !errors.some((error) => isWithin(error, path));
    if (isMute && place === 0) return [{ kind: "odd", oid, error: missingCommit(oid, facts) }];
    const next = readCommit(value, path, errors, answer, expected);
    if (next.kind === "odd") {
      if (expected !== null) told.push(next); // else as unknown as what would be there
      expected = null;
      continue;
    }
    const { commit } = next;
    if (expected !== null && commit.oid !== expected) {
      const error = untoldCommit(expected, { ...facts, otherOid: commit.oid });
      return [...told, { kind: "odd", oid: expected, error }];
    }
    told.push(next);
    const [parent] = commit.parents;
    if (parent === undefined) break;
    expected = parent;
  }
  return told;
}

function alias(chain: number, place: number): string {
  return `c${chain}_${place}`;
}
