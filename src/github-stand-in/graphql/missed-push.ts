import { findRef, type GitRef } from "../git/git-refs.js";
import type { ReadObject } from "../git/object-reader.js";
import type { StandInRepository } from "../repository-directory.js";
import type { QueryContext } from "./query-context.js";

/** A ref as it stands, or as it stood before the push that the answer must not know of. */
export function findShownRef({ gitDir, missedPush }: StandInRepository, name: string) {
  const found = findRef(gitDir, name);
  if (missedPush === null) return found;
  const qualifiedName = `refs/heads/${missedPush.branch}`;
  const isMoved =
    found === null
      ? name === qualifiedName || name === missedPush.branch
      : found.qualifiedName === qualifiedName;
  if (!isMoved) return found;
  const before: GitRef | null =
    missedPush.oid === null ? null : { qualifiedName, oid: missedPush.oid };
  return before;
}

/** Whether a commit came with the push that the answer must not know of. */
export async function isMissed(
  { gitDir, missedPush }: StandInRepository,
  { oid, type }: ReadObject,
  { git }: QueryContext,
): Promise<boolean> {
  if (missedPush === null || type !== "commit") return false;
  const head = findRef(gitDir, `refs/heads/${missedPush.branch}`)?.oid;
  if (head === undefined) return false;
  const [aheadOfHead] = await git.compare(gitDir, head, oid);
  if (aheadOfHead > 0) return false;
  if (missedPush.oid === null) return true;
  const [aheadOfBefore] = await git.compare(gitDir, missedPush.oid, oid);
  return aheadOfBefore > 0;
}
