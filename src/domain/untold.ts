import type { Oid } from "./commit.js";

/**
 * A commit that is wanted, and that GitHub does not tell: it stays on the frontier, is named, and holds up
 * nothing else. It is asked for by its id, as a whole and then without what is not in git, and then so
 * again after a while.
 */
export interface Untold {
  readonly oid: Oid;
  /** 0: missed on a page, and still to come another way. */
  readonly attempts: number;
  readonly isDue: boolean;
}

const REST_MS_MIN = 60_000;
const REST_MS_MAX = 6 * 3_600_000;
/** Asked for in both ways: it is what cannot be had now. */
export const ATTEMPTS_RESTING = 3;

/** How often it was asked for, once it was missing from an answer about many, or about itself. */
export function attemptsAfter(attempts: number, isAskedByItself: boolean): number {
  return isAskedByItself ? Math.max(attempts + 1, 2) : Math.max(attempts, 1);
}

export function isOfGitAlone(attempts: number): boolean {
  return attempts % 2 === 0;
}

/** How long it is left alone after so many attempts. */
export function restMs(attempts: number): number {
  if (attempts < ATTEMPTS_RESTING || isOfGitAlone(attempts)) return 0;
  return Math.min(REST_MS_MIN * 2 ** ((attempts - ATTEMPTS_RESTING) / 2), REST_MS_MAX);
}

/** Those that were missing from an answer: they are asked for in their own way. */
export function attempted(untold: readonly Untold[]): ReadonlySet<Oid> {
  return new Set(untold.flatMap(({ oid, attempts }) => (attempts > 0 ? [oid] : [])));
}

/** Whether it is left alone for now. */
export function isResting({ attempts, isDue }: Untold): boolean {
  return attempts > 0 && !isDue;
}
