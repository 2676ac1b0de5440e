import type { Oid } from "../../domain/commit.js";
import type { Transaction } from "../../postgres/database.js";
import { reachedFrom } from "../commits/commit-store.js";
import { correctCounts } from "../repositories/repository-store.js";
import { isRightlySummed, recountStatistics } from "../statistics/statistics-check.js";

/** What is stored of a repository, by counting rather than by the counters. */
export interface HistoryCheck {
  readonly reachableCount: number;
  /** Led to by the head, and neither stored nor beyond the tracking start. */
  readonly openOids: readonly Oid[];
  /**
   * Reachable but not led to by the head, or the other way round; means something only without open ones.
   * What may lie behind a commit that GitHub does not tell is taken to be reachable.
   */
  readonly misplacedCount: number;
}

/**
 * Walks the stored history from a head that is said to be complete there and counts what contradicts
 * it. One statement, so that it sees one state. Reads the repository's whole history.
 */
export async function checkHistory(
  tx: Transaction,
  repositoryId: number,
  headOid: Oid,
): Promise<HistoryCheck> {
  const [row] = await tx.$queryRaw<{ reachable: number; misplaced: number; open: Oid[] }[]>`
    with ${reachedFrom(repositoryId, headOid)}, stored as (
      select c.oid, c.reachable, reached.oid is not null as is_reached
        from commit c left join reached on reached.oid = c.oid
       where c.repository_id = ${repositoryId})
    select count(*) filter (where reachable)::int as reachable,
           count(*) filter (
             where reachable <> is_reached and (not reachable or not exists (
               select from passed_commit p
                where p.repository_id = ${repositoryId} and p.state = 'UNTOLD')))::int as misplaced,
           array(select encode(oid, 'hex') from reached
                  where not exists (select from stored where stored.oid = reached.oid)
                    and not exists (select from passed_commit p
                         where p.repository_id = ${repositoryId} and p.oid = reached.oid)) as open
      from stored`;
  return {
    reachableCount: row?.reachable ?? 0,
    misplacedCount: row?.misplaced ?? 0,
    openOids: row?.open ?? [headOid],
  };
}

/**
 * What a head leads to and is neither stored nor beyond the start: what its frontier has to be.
 * Walks the whole stored history: only for when a frontier entry turns out to be gone from GitHub.
 */
export async function findOpen(
  tx: Transaction,
  repositoryId: number,
  headOid: Oid,
): Promise<Oid[]> {
  const rows = await tx.$queryRaw<{ oid: Oid }[]>`
    with ${reachedFrom(repositoryId, headOid, ["UNTOLD"])}
    select encode(oid, 'hex') as oid from reached
     where not exists (select from commit c where c.repository_id = ${repositoryId} and c.oid = reached.oid)
       and not exists (select from passed_commit p
                        where p.repository_id = ${repositoryId} and p.oid = reached.oid
                          and p.state = 'BEYOND')`;
  return rows.map(({ oid }) => oid);
}

/** Whether a repository's counters, and its authors', are what is stored. */
export async function isRightlyCounted(tx: Transaction, repositoryId: number): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ isRight: boolean }[]>`
    select commit_count = (select count(*) from commit c where c.repository_id = r.id and c.reachable)
       and orphaned_count = (select count(*) from commit c
                              where c.repository_id = r.id and not c.reachable)
       and ${isRightlySummed(repositoryId)} as "isRight"
      from repository r where id = ${repositoryId}`;
  return row?.isRight === true;
}

/** Sets a repository's counters, and its statistics, to what is stored; whether they were anything else. */
export async function recountCommits(tx: Transaction, repositoryId: number): Promise<boolean> {
  const isCorrected = await correctCounts(tx, repositoryId);
  const [row] = await tx.$queryRaw<{ isRight: boolean }[]>`
    select ${isRightlySummed(repositoryId)} as "isRight"`;
  if (row?.isRight === false) await recountStatistics(tx, repositoryId);
  return isCorrected || row?.isRight === false;
}
