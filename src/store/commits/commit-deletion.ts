import type { Oid } from "../../domain/commit.js";
import type { Transaction } from "../../postgres/database.js";
import { deleteForgottenAmong } from "../feed/feed-pruning.js";
import { counted } from "../statistics/counted.js";
import { redate } from "../statistics/redate.js";
import { holdStatistics } from "../statistics/statistics-store.js";
import { forgetWordsAmong } from "../words/word-store.js";
import { deleteAuthorsWithoutCommits } from "./author-store.js";

/**
 * The date from which on to delete so that it is `limit` reachable commits or a few more, the newest
 * ones: all of one second go together. Null when no more than that are dated from `from` on.
 */
export async function findSliceStart(
  tx: Transaction,
  repositoryId: number,
  { from, limit }: { from: Date; limit: number },
): Promise<Date | null> {
  const rows = await tx.$queryRaw<{ committedAt: Date }[]>`
    select committed_at as "committedAt" from commit
     where repository_id = ${repositoryId} and reachable = true
       and committed_at >= ${from}::timestamptz
     order by committed_at desc offset ${limit - 1} limit 2`;
  const [last, next] = rows;
  return next === undefined ? null : (last?.committedAt ?? null);
}

export interface Slice {
  /** Reachable commits dated from then on. */
  readonly reachableFrom: Date;
  /** Orphans dated from then on, and these. */
  readonly orphansFrom: Date;
  readonly orphanOids: readonly Oid[];
}

export interface Deleted {
  readonly reachableCount: number;
  readonly orphanedCount: number;
}

/**
 * Deletes these commits, with what authors were counted of them, and their events where these are off the
 * feed. Costs what it deletes. The caller keeps the repository's row locked, and holds the marks.
 */
export async function deleteSlice(
  tx: Transaction,
  repositoryId: number,
  { reachableFrom, orphansFrom, orphanOids }: Slice,
): Promise<Deleted> {
  const mark = await holdStatistics(tx);
  const groups = await tx.$queryRaw<(Deleted & { authorHash: string; eventIds: string[] })[]>`
    with deleted as (
      delete from commit where ctid = any(array( -- where they lie: a join would read all commits
        select ctid from commit where repository_id = ${repositoryId} and reachable = true
           and committed_at >= ${reachableFrom}::timestamptz
        union all
        select ctid from commit where repository_id = ${repositoryId} and reachable = false
           and committed_at >= ${orphansFrom}::timestamptz
        union all
        select c.ctid from unnest(${orphanOids}::text[]) as orphan(oid)
          join commit c on c.repository_id = ${repositoryId} and c.oid = decode(orphan.oid, 'hex')))
      returning repository_id, reachable, author_hash, event_id, committed_at),
    changed as materialized (
      select d.repository_id, d.author_hash, d.committed_at, -1 as count
        from deleted d join feed_event e on e.id = d.event_id
       where d.reachable and e.sequence <= ${mark}),
    ${counted()}
    select author_hash::text as "authorHash",
           count(*) filter (where reachable)::int as "reachableCount",
           count(*) filter (where not reachable)::int as "orphanedCount",
           array_agg(distinct event_id::text) as "eventIds"
      from deleted group by author_hash`;
  const authors = groups.map(({ authorHash }) => authorHash);
  await redate(tx, repositoryId, authors);
  await deleteAuthorsWithoutCommits(tx, repositoryId, authors);
  const eventIds = [...new Set(groups.flatMap((group) => group.eventIds))];
  await forgetWordsAmong(tx, eventIds);
  await deleteForgottenAmong(tx, eventIds);
  const sum = (of: keyof Deleted) => groups.reduce((total, group) => total + group[of], 0);
  return { reachableCount: sum("reachableCount"), orphanedCount: sum("orphanedCount") };
}
