import type { Oid } from "../domain/commit.js";
import { isTrackerError } from "../domain/errors.js";
import { START_BOUNDS } from "../domain/passed.js";
import type { Purpose } from "../domain/rate-account.js";
import type { Walk } from "../domain/repository.js";
import { shareOut } from "../domain/walk.js";
import type { GitHub } from "../github/github.js";
import type { Advanced } from "../ingest/advance-walk.js";
import { storeBeyond, storeDecision } from "../ingest/store-beyond.js";
import type { WalkTask } from "../ingest/store-page.js";
import type { Database } from "../postgres/database.js";
import type { TransactionBounds } from "../postgres/transaction-bounds.js";
import { countInFront, readBeyondEnds } from "../store/work/passed-store.js";
import { isTooMuch } from "./batch-size.js";
import { LONG_WALK } from "./long-walk.js";

export interface LookBehind {
  readonly database: Database;
  readonly gitHub: GitHub;
  readonly task: WalkTask;
  /** Commits asked for at once. */
  readonly first: number;
  readonly signal: AbortSignal;
  readonly transaction: Partial<TransactionBounds>;
  /** What GitHub's counts say of heads, kept for the task. */
  readonly counts: Counts;
}

interface Counts {
  readonly expected: Map<Oid, number | null>;
  readonly isEqual: Map<string, boolean>;
}

export function newCounts(): Counts {
  return { expected: new Map(), isEqual: new Map() };
}

/**
 * Whether what was pushed and is dated before the tracking start lies beyond it: decides, or takes one
 * look further behind the start (`domain/passed.ts`). Null when the walk has moved on meanwhile; "known"
 * where there is nothing more to look at, and what is still to be fetched comes first.
 */
export async function lookBehind(
  request: LookBehind,
  walk: Walk,
): Promise<Advanced | null | "known"> {
  const { database, gitHub, task, first, signal, transaction } = request;
  const { startBounds = START_BOUNDS } = task;
  const { repositoryId, nodeId, observedOid } = walk;
  const decide = (as: "ADMITTED" | "BEYOND") =>
    database.transaction((tx) => storeDecision(tx, { ...task, observedOid, as }), transaction);
  const isOpen = walk.wanted.length > 0;
  if (!walk.isStartFound || nodeId === null) return await decide("BEYOND");
  if (isOpen && walk.undecidedCount >= startBounds.undecidedMax) return await decide("BEYOND");
  const ends = await readBeyondEnds(database.primary, repositoryId, { limit: first });
  const isKnown = ends.open.length === 0 || ends.count >= startBounds.beyondMax;
  if (isOpen && isKnown) return "known";
  if (isKnown || (!isOpen && (await isCounted(request, walk)))) return await decide("ADMITTED");
  const chains = shareOut(ends.open, first);
  const asked = chains.map(({ oid }) => oid);
  const options = { signal, purpose: purposeOf(task) };
  const page = await gitHub.firstParents({ nodeId, chains }, options);
  return await database.transaction((tx) => storeBeyond(tx, { ...task, asked, page }), transaction);
}

/** Whether what is stored or undecided is as many as GitHub's counts leave in front of the start. */
async function isCounted(request: LookBehind, walk: Walk): Promise<boolean> {
  const { observedOid, repositoryId } = walk;
  // Of the head that was complete before, what is undecided now was no part.
  if (observedOid === null || observedOid === walk.headOid) return false;
  const { counts } = request;
  const key = `${observedOid} of ${walk.undecidedCount}`; // fewer are left by each that turned out to be beyond
  let isEqual = counts.isEqual.get(key);
  if (isEqual !== undefined) return isEqual;
  let expected = counts.expected.get(observedOid);
  if (expected === undefined) {
    expected = await expectInFront(request, walk, observedOid);
    counts.expected.set(observedOid, expected);
  }
  isEqual = expected !== null && expected === (await inFront(request, repositoryId, observedOid));
  counts.isEqual.set(key, isEqual);
  return isEqual;
}

/** Reads all that is stored of it. */
async function inFront({ database }: LookBehind, repositoryId: number, oid: Oid): Promise<number> {
  return await database.transaction((tx) => countInFront(tx, repositoryId, oid), LONG_WALK);
}

/**
 * At the last complete head everything is stored or beyond, so that the difference to GitHub's count is
 * what lies beyond. A later head leads to no more of that. Null where GitHub does not say.
 */
async function expectInFront(
  request: LookBehind,
  { repositoryId, nodeId, headOid }: Walk,
  observedOid: Oid,
): Promise<number | null> {
  if (headOid === null || nodeId === null) return null;
  const { gitHub, signal, task } = request;
  const options = { signal, purpose: purposeOf(task) };
  const count = (oid: Oid) => gitHub.commitCount({ nodeId, oid }, options);
  try {
    const beyondCount = (await count(headOid)) - (await inFront(request, repositoryId, headOid));
    return (await count(observedOid)) - beyondCount;
  } catch (error) {
    if (isTooMuch(error) || isTrackerError(error, "GITHUB_NOT_FOUND")) return null;
    throw error;
  }
}

function purposeOf({ kind }: WalkTask): Purpose {
  return kind === "LIVE" ? "live" : "backfill";
}
