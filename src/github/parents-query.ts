import { z } from "zod";
import type { Oid } from "../domain/commit.js";
import { TrackerError } from "../domain/errors.js";
import { PARENTS, parentsSchema } from "./commit-fields.js";
import type { CommitsTold } from "./github.js";
import { missingCommit, missingRepository, requireWhole, untoldCommit } from "./page-answer.js";
import { type RawAnswer, requestIdOf } from "./raw-answer.js";
import type { ToldCommit } from "./told-commit.js";

/** A page of one commit's parents. */
export const PARENTS_DOCUMENT = `query Parents($id: ID!, $oid: GitObjectID!, $after: String) {
  node(id: $id) {
    ... on Repository {
      object(oid: $oid) {
        ... on Commit {
          parents(first: 100, after: $after) { ${PARENTS} }
        }
      }
    }
  }
  rateLimit { cost remaining resetAt }
}`;

const dataSchema = z.object({
  node: z.object({ object: z.object({ parents: parentsSchema }).nullable() }).nullable(),
});

export interface ParentsPage {
  readonly totalCount: number;
  readonly oids: readonly Oid[];
  /** Null at the end. */
  readonly after: string | null;
}

export function readParents(oid: Oid, answer: RawAnswer): ParentsPage {
  const { node } = requireWhole(answer, dataSchema);
  const facts = requestIdOf(answer.headers);
  if (node === null) throw missingRepository(facts);
  if (node.object === null) throw missingCommit(oid, facts);
  const { totalCount, nodes, pageInfo } = node.object.parents;
  const after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  return { totalCount, oids: nodes.map((parent) => parent.oid), after };
}

type AskParents = (oid: Oid, after: string) => Promise<ParentsPage>;

/** Ten thousand parents. The most known is a merge of 66 branches, but nothing in git forbids more. */
const PAGES_MAX = 100;
/** About whoever asks, not about what was asked for. */
const ABOUT_ALL: ReadonlySet<string> = new Set([
  ...["GITHUB_RATE_LIMITED", "GITHUB_UNREACHABLE", "GITHUB_BAD_CREDENTIALS"],
  "DATABASE_UNAVAILABLE",
]);

/** What was told, each commit with all of its parents, one request for each further hundred of them. */
export async function withAllParents(
  told: readonly ToldCommit[],
  ask: AskParents,
): Promise<CommitsTold> {
  const whole: ToldCommit[] = [];
  for (const each of told) whole.push(each.kind === "cut" ? await complete(each, ask) : each);
  return {
    commits: whole.flatMap((each) => (each.kind === "odd" ? [] : [each.commit])),
    odd: whole.flatMap((each) =>
      each.kind === "odd" ? [{ oid: each.oid, error: each.error }] : [],
    ),
  };
}

async function complete(
  { commit, after: start }: ToldCommit & { readonly kind: "cut" },
  ask: AskParents,
): Promise<ToldCommit> {
  const { oid } = commit;
  const parents = [...commit.parents];
  let after: string | null = start;
  let totalCount = Number.POSITIVE_INFINITY;
  try {
    for (let pages = 0; after !== null && pages < PAGES_MAX; pages += 1) {
      const page: ParentsPage = await ask(oid, after);
      parents.push(...page.oids);
      ({ totalCount } = page);
      after = page.after === after ? null : page.after;
    }
  } catch (error) {
    if (!(error instanceof TrackerError) || ABOUT_ALL.has(error.code)) throw error;
    return { kind: "odd", oid, error };
  }
  if (parents.length !== totalCount) return { kind: "odd", oid, error: untoldCommit(oid, {}) };
  return { kind: "whole", commit: { ...commit, parents } };
}
