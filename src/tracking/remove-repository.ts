import { PAGE_LOCK_MS } from "../domain/work.js";
import type { Database, Transaction } from "../postgres/database.js";
import { deleteActors } from "../store/commits/actor-store.js";
import { deleteAuthors } from "../store/commits/author-store.js";
import { deleteForgottenEvents } from "../store/feed/feed-pruning.js";
import { forgetAuthors } from "../store/feed/feed-store.js";
import { holdMark, holdMarks } from "../store/projections/projection-store.js";
import { lockDeletion, lockWhenFree } from "../store/repositories/row-lock.js";
import {
  beginRemoval,
  deleteCounted,
  forgetStatistics,
} from "../store/statistics/removed-statistics.js";
import { holdStatistics, STATISTICS_PROJECTION } from "../store/statistics/statistics-store.js";
import { forgetWords } from "../store/words/word-store.js";
import { eraseRepository } from "../store/work/walk-store.js";
import { requireWalk } from "./require-walk.js";

/** A million commits take seconds, or minutes where they have to be read from a slow disk. */
const DELETE_MS_MAX = 10 * 60_000;
/** For a page that is being written, which may itself wait for what is deleted here. */
const LOCK_MS_MAX = PAGE_LOCK_MS + 5_000;

/**
 * Deletes everything of a repository, also in the middle of a backfill; returns how many commits. Whole or
 * not at all, for whoever reads meanwhile too.
 *
 * The bulk goes before the repository's row is locked: until then its pages and checks go on as ever, and
 * nobody waits for more than what they have added since.
 */
export async function removeRepository(
  { database }: { readonly database: Database },
  repositoryId: number,
): Promise<number> {
  const remove = async (tx: Transaction) => {
    await lockDeletion(tx, repositoryId);
    await requireWalk(tx, repositoryId, { lock: false });
    // Nothing of it is counted from here on, so that what has been counted is what is deleted.
    const mark = await holdMark(tx, STATISTICS_PROJECTION);
    await beginRemoval(tx);
    const bulkCount = await deleteHistory(tx, repositoryId, mark);
    await lockWhenFree(tx, repositoryId, { withinMs: LOCK_MS_MAX });
    await requireWalk(tx, repositoryId, { lock: true });
    const restCount = await deleteHistory(tx, repositoryId, mark);
    await holdMarks(tx);
    await holdStatistics(tx);
    await forgetStatistics(tx, repositoryId);
    await deleteAuthors(tx, repositoryId);
    await deleteActors(tx, repositoryId);
    await forgetWords(tx, repositoryId);
    await deleteForgottenEvents(tx, repositoryId);
    await eraseRepository(tx, repositoryId);
    return bulkCount + restCount;
  };
  const bounds = { timeoutMs: DELETE_MS_MAX, lockTimeoutMs: LOCK_MS_MAX };
  return await database.transaction(remove, bounds);
}

async function deleteHistory(tx: Transaction, repositoryId: number, mark: bigint): Promise<number> {
  const count = await deleteCounted(tx, repositoryId, mark);
  await forgetAuthors(tx, repositoryId);
  return count;
}
