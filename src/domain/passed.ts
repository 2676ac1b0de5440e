import type { Oid } from "./commit.js";

/**
 * The start is a place in history, not a filter on dates. It is found once, on the way back through a
 * first history: a commit dated before `trackFrom` is passed, and so is what lies behind it, until a
 * commit dated later comes, to which all that leads belongs after all, or until so many have been passed
 * in a row. What is passed then is beyond the start for good.
 *
 * From then on a date only says what takes a second look: what is pushed later and dated before the start
 * belongs unless it is beyond. It does where it leads to what is stored. Where it leads only behind the
 * start, GitHub's count of the history decides: what lies beyond is looked at, from the start on back,
 * until no more is left undecided than GitHub counts.
 */
export interface StartBounds {
  /** Commits in a row that a first history passes before it stops. */
  readonly slack: number;
  /** With more undecided ones than this, what lies beyond the start is looked at, too, before they end. */
  readonly patience: number;
  /** With more, they lead nowhere near the start, as after a rewrite of everything: it is found anew there. */
  readonly undecidedMax: number;
  /** With more known to lie beyond, what is undecided still is taken to belong. */
  readonly beyondMax: number;
}

export const START_BOUNDS: StartBounds = {
  slack: 100,
  patience: 200,
  undecidedMax: 10_000,
  beyondMax: 50_000,
};

/** What has become of a commit that was passed; explained in `prisma/schema.prisma`. */
export const PASSED_STATES = ["UNDECIDED", "ADMITTED", "BEYOND", "UNTOLD"] as const;
export type PassedState = (typeof PASSED_STATES)[number];

/** A commit passed and not stored, and not known to be beyond the start. */
export interface Passed {
  readonly oid: Oid;
  /** Null where it has not been looked at: only a child of it was. */
  readonly parents: readonly Oid[] | null;
  /** How many of them in a row lead here from what is stored, itself included, on the shortest way. */
  readonly depth: number;
  /** Known to belong, and to be stored. */
  readonly isAdmitted: boolean;
}
