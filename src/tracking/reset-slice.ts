import type { Oid } from "../domain/commit.js";
import type { Walk } from "../domain/repository.js";
import type { Transaction } from "../postgres/database.js";
import { deleteSlice, findSliceStart } from "../store/commits/commit-deletion.js";
import { type DeletionPlan, isCurrent, planDeletion } from "../store/commits/deletion-plan.js";
import { holdMarks } from "../store/projections/projection-store.js";
import { lockDeletion } from "../store/repositories/row-lock.js";
import { findBeyondParents, forgetPassed, retryUntold } from "../store/work/passed-store.js";
import { resetWalk } from "../store/work/walk-store.js";
import { takeWork } from "../store/work/work-store.js";
import { requireWalk } from "./require-walk.js";

export interface SliceRequest {
  readonly repositoryId: number;
  readonly from: Date;
  /** Reachable commits to delete at once. */
  readonly sliceSize: number;
  /** Of this reset, made before or found by the slice before. */
  readonly plan: DeletionPlan;
  /** False where a slice has gone before. */
  readonly isFirst: boolean;
}

export interface SliceReset {
  readonly deletedCount: number;
  readonly isLast: boolean;
  readonly plan: DeletionPlan;
}

/**
 * The newest of the reachable commits that a reset deletes, and with the first of them all of its orphans.
 * By itself it is a whole reset, from a later date: for every commit that stays, each parent that goes is
 * on the frontier. That parent goes because it is dated later than its child, which the plan knows of.
 *
 * Until the last slice the walk is in our hands, so that nothing is fetched that is about to go. A reset
 * that dies in between leaves it, and it goes on when the lease ends.
 */
export async function resetSlice(
  tx: Transaction,
  { repositoryId, from, sliceSize, plan: known, isFirst }: SliceRequest,
): Promise<SliceReset> {
  await lockDeletion(tx, repositoryId);
  const walk = await requireWalk(tx, repositoryId, { lock: true });
  const isKnown = await isCurrent(tx, repositoryId, known);
  const plan = isKnown ? known : await planDeletion(tx, repositoryId, from);
  await holdMarks(tx);
  const start = await findSliceStart(tx, repositoryId, { from, limit: sliceSize });
  const isLast = start === null;
  const reachableFrom = start ?? from;
  const { reachableCount, orphanedCount } = await deleteSlice(tx, repositoryId, {
    ...{ reachableFrom, orphansFrom: from, orphanOids: plan.dependentOids },
  });
  const deletedCount = reachableCount + orphanedCount;
  const movesBack = isLast && walk.trackFrom !== null && from < walk.trackFrom;
  const rest = { deletedCount, isLast, plan: { ...plan, dependentOids: [] } };
  if (isFirst && deletedCount === 0 && !movesBack) return rest;
  // What only orphans led to does not come back.
  const beyond = movesBack ? await findBeyondParents(tx, repositoryId) : [];
  if (movesBack) await forgetPassed(tx, repositoryId);
  else await retryUntold(tx, repositoryId);
  await resetWalk(tx, repositoryId, {
    state: walk.state,
    trackFrom: movesBack ? from : walk.trackFrom,
    isStartFound: walk.isStartFound && !movesBack,
    frontier: [...new Set([...frontierAfter(walk, plan, reachableFrom), ...beyond])],
    deletedReachable: reachableCount,
    deletedOrphaned: orphanedCount,
  });
  if (!isLast) await takeWork(tx, "backfill", repositoryId, { isRedelivered: false });
  return rest;
}

/** Once all reachable commits dated from then on are gone. */
function frontierAfter(walk: Walk, { earlyChildren }: DeletionPlan, from: Date): Oid[] {
  const gone = earlyChildren.filter(({ committedAt }) => committedAt >= from);
  const open = gone.filter(({ childAt }) => childAt < from).map(({ oid }) => oid);
  // Open after an earlier slice, and no stored commit leads to it any more.
  const closed = new Set(gone.filter(({ childAt }) => childAt >= from).map(({ oid }) => oid));
  // The head too where it is still stored: a page finds it known and takes it off again.
  const head = walk.observedOid === null ? [] : [walk.observedOid];
  return [...new Set([...head, ...open, ...walk.frontier.filter((oid) => !closed.has(oid))])];
}
