import type { Commit, Oid } from "../domain/commit.js";
import { type CommitNode, commitSchema, oidSchema, toCommit } from "./commit-fields.js";
import type { OddCommit } from "./github.js";
import { itemError } from "./github-errors.js";
import { untoldCommit } from "./page-answer.js";
import { type GitHubGraphqlError, isObject, type RawAnswer, requestIdOf } from "./raw-answer.js";

/** What an answer gives of one commit that was asked for. */
export type ToldCommit =
  | { readonly kind: "whole"; readonly commit: Commit }
  /** With the first of its parents; the others come after the cursor. */
  | { readonly kind: "cut"; readonly commit: Commit; readonly after: string }
  | ({ readonly kind: "odd" } & OddCommit);

export type Path = readonly (string | number)[];

/** What GitHub knows of accounts may fail by itself: the commit is in git, and whose it is stands there. */
const OF_ACCOUNT = new Set<unknown>(["user", "avatarUrl"]);
const ACTORS = ["author", "committer"] as const;

/** Reads the node at a path of an answer; `oid` is what it should be, where that is known. */
export function readCommit(
  node: unknown,
  path: Path,
  errors: readonly GitHubGraphqlError[],
  { headers }: Pick<RawAnswer, "headers">,
  oid: Oid | null = null,
): ToldCommit {
  const facts = requestIdOf(headers);
  const own = errors.filter((error) => isWithin(error, path));
  const { success, data, error: cause } = commitSchema.safeParse(node);
  const fault = own.find((error) => !success || !isHarmless(error, path, data));
  const told = oid ?? oidOf(node);
  if (fault !== undefined) return { kind: "odd", oid: told, error: itemError(fault, { headers }) };
  if (!success) return { kind: "odd", oid: told, error: untoldCommit(told, facts, cause) };
  const commit = toCommit(data);
  const { totalCount, pageInfo } = data.parents;
  if (commit.parents.length >= totalCount) return { kind: "whole", commit };
  const { hasNextPage, endCursor: after } = pageInfo;
  if (hasNextPage && after !== null) return { kind: "cut", commit, after };
  return { kind: "odd", oid: commit.oid, error: untoldCommit(commit.oid, facts, "parents") };
}

export function isWithin({ path }: GitHubGraphqlError, place: Path): boolean {
  return path !== undefined && place.every((key, depth) => path[depth] === key);
}

/** Where the failure of an account has taken name and e-mail with it, the commit is not what git has. */
function isHarmless(error: GitHubGraphqlError, place: Path, node: CommitNode): boolean {
  const [field, part] = error.path?.slice(place.length) ?? [];
  return ACTORS.some((actor) => field === actor && node[actor] !== null) && OF_ACCOUNT.has(part);
}

function oidOf(node: unknown): Oid | null {
  return isObject(node) ? (oidSchema.safeParse(node.oid).data ?? null) : null;
}
