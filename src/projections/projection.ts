import type { Transaction } from "../postgres/database.js";

/** Events of the feed, in the order of their sequences: those after the one, up to the other. */
export interface FeedStretch {
  readonly after: bigint;
  readonly upTo: bigint;
}

/**
 * Tables that are a function of the commits and filled behind the feed, in thousands, so that the page
 * that stores commits need not pay for them. One row of `projection` says how far: they hold every event
 * up to its sequence and nothing of what came later. Whoever reads them reads the rest too, in the same
 * statement (`unfilledEvents`), and so is exact.
 */
export interface Projection {
  /** Of its row. */
  readonly name: string;
  /** Whole events are filled in one transaction until so many commits are reached. */
  readonly commitsMax: number;
  /** Adds the commits of these events, as they are now. The mark is held, and moved when this returns. */
  fill(tx: Transaction, stretch: FeedStretch): Promise<void>;
  /** Work that filling has left for when no event is: done a piece a transaction; false when none was left. */
  settle?(tx: Transaction): Promise<boolean>;
  /** Forgets all of it. */
  empty(tx: Transaction): Promise<void>;
}
