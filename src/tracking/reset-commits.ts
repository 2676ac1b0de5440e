import type { Logger } from "pino";
import { TrackerError } from "../domain/errors.js";
import type { Walk } from "../domain/repository.js";
import type { Database, Transaction } from "../postgres/database.js";
import type { TaskQueue } from "../queue/queue.js";
import { countCommitsFrom, deleteCommitsFrom } from "../store/commits/commit-store.js";
import { deleteForgottenEvents } from "../store/feed/feed-pruning.js";
import { forgetAuthors } from "../store/feed/feed-store.js";
import { forgetHistoryCount } from "../store/work/history-count-store.js";
import { eraseRepository, forgetBoundary, readWalk, resetWalk } from "../store/work/walk-store.js";
import { requestCheck } from "./request-check.js";

export interface TrackingDependencies {
  readonly database: Database;
  readonly queue: TaskQueue;
  readonly logger: Logger;
}

/** Deleting millions of rows takes its time; a page of the same repository waits for it. */
const DELETE_MS_MAX = 10 * 60_000;

/**
 * Deletes a repository's commits dated from then on and has them fetched again; a date before the
 * tracking start moves that back. Waits for a page that is being written; a pull begun before finds
 * its generation gone and stops. Returns how many were deleted, with `dryRun` how many would be.
 */
export async function resetCommits(
  { database, queue, logger }: TrackingDependencies,
  { repositoryId, from, dryRun }: { repositoryId: number; from: Date; dryRun: boolean },
): Promise<number> {
  if (dryRun) return await countCommitsFrom(database.primary, repositoryId, from);
  const reset = async (tx: Transaction) => {
    const walk = await requireWalk(tx, repositoryId);
    const deleted = await deleteCommitsFrom(tx, repositoryId, from);
    const deletedCount = deleted.reachableCount + deleted.orphanedCount;
    const movesBack = walk.trackFrom !== null && from < walk.trackFrom;
    if (deletedCount === 0 && !movesBack) return 0;
    await deleteForgottenEvents(tx, repositoryId);
    // All of it is dated later, so the head leads to everything again. What only orphans led to does not come back.
    if (movesBack) await forgetBoundary(tx, repositoryId);
    const head = walk.observedOid === null ? [] : [walk.observedOid];
    await resetWalk(tx, repositoryId, {
      state: walk.state,
      trackFrom: movesBack ? from : walk.trackFrom,
      // The head too where it is still stored: a page finds it known and takes it off again.
      frontier: [...new Set([...head, ...deleted.openOids, ...walk.frontier])],
      deletedReachable: deleted.reachableCount,
      deletedOrphaned: deleted.orphanedCount,
    });
    return deletedCount;
  };
  const deletedCount = await database.transaction(reset, { timeoutMs: DELETE_MS_MAX });
  await requestCheck({ database, queue, logger }, repositoryId); // for a head that has moved meanwhile
  return deletedCount;
}

/** Deletes everything of a repository, also in the middle of a backfill; returns how many commits. */
export async function removeRepository(
  { database }: Pick<TrackingDependencies, "database">,
  repositoryId: number,
): Promise<number> {
  const remove = async (tx: Transaction) => {
    await requireWalk(tx, repositoryId);
    const { reachableCount, orphanedCount } = await deleteCommitsFrom(tx, repositoryId, null);
    await forgetAuthors(tx, repositoryId);
    await forgetHistoryCount(tx, repositoryId);
    await deleteForgottenEvents(tx, repositoryId);
    await eraseRepository(tx, repositoryId);
    return reachableCount + orphanedCount;
  };
  return await database.transaction(remove, { timeoutMs: DELETE_MS_MAX });
}

async function requireWalk(tx: Transaction, repositoryId: number): Promise<Walk> {
  const walk = await readWalk(tx, repositoryId, { lock: true });
  if (walk === null)
    throw new TrackerError("NOT_FOUND", "This repository is not tracked any more.");
  return walk;
}
