import type { Logger } from "pino";
import type { Database, Transaction } from "../postgres/database.js";
import type { TaskQueue } from "../queue/queue.js";
import { countCommitsFrom, planDeletion } from "../store/commits/deletion-plan.js";
import { requestCheck } from "./request-check.js";
import { resetSlice } from "./reset-slice.js";

export interface ResetDependencies {
  readonly database: Database;
  readonly queue: TaskQueue;
  readonly logger: Logger;
}

export interface ResetRequest {
  readonly repositoryId: number;
  readonly from: Date;
  /** Only count. */
  readonly dryRun: boolean;
  /** Commits deleted in one transaction. */
  readonly sliceSize?: number;
}

/** Some tenths of a second under the row's lock. */
const SLICE_SIZE = 5_000;

/** Of one transaction; the longest reads a history of millions. And how long to wait for a page being written. */
const BOUNDS = { timeoutMs: 5 * 60_000, lockTimeoutMs: 10_000 };

/**
 * Deletes a repository's commits dated from then on and has them fetched again; a date before the
 * tracking start moves that back. A pull begun before finds its generation gone and stops. Returns how
 * many were deleted, with `dryRun` how many would be.
 *
 * Slice by slice from the newest on, each of them a reset from a later date: nobody waits long for the
 * repository's row, and where it is cut short what is stored is whole, and fetched again.
 */
export async function resetCommits(
  { database, queue, logger }: ResetDependencies,
  { repositoryId, from, dryRun, sliceSize = SLICE_SIZE }: ResetRequest,
): Promise<number> {
  const read = <T>(work: (tx: Transaction) => Promise<T>) => database.transaction(work, BOUNDS);
  if (dryRun) return await read((tx) => countCommitsFrom(tx, repositoryId, from));
  let plan = await read((tx) => planDeletion(tx, repositoryId, from)); // long, and without a lock
  let deletedCount = 0;
  for (let isFirst = true, isLast = false; !isLast; isFirst = false) {
    const request = { repositoryId, from, sliceSize, plan, isFirst };
    const slice = await database.transaction((tx) => resetSlice(tx, request), BOUNDS);
    ({ isLast, plan } = slice);
    deletedCount += slice.deletedCount;
  }
  await requestCheck({ database, queue, logger }, repositoryId); // for a head that has moved meanwhile
  return deletedCount;
}
