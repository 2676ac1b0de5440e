import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { ALL_TOGETHER, type SubjectSql } from "../of-each.js";
import { unfilledEvents } from "../projections/projection-store.js";
import { STATISTICS_PROJECTION } from "./statistics-store.js";
import { spellings } from "./unfilled.js";

/** What has fewer commits is as quickly counted as looked up. */
const COMMITS_MIN = 16;
/** Settled in one transaction: so many commits are counted, and so many intervals. */
const COMMITS_MAX = 100_000;
const INTERVALS_MAX = 2_000;
/** One of more that is not over yet changes with each push, and would be counted that often. */
const OPEN_COMMITS_MAX = 1_000_000;

/** One row: how many commits a subject has from one time until before another, and of how many people. */
export function countedStretch(
  { isOf, beginsWith }: SubjectSql,
  { from, to, unless }: { from: Prisma.Sql; to: Prisma.Sql; unless: Prisma.Sql },
): Prisma.Sql {
  const commits = Prisma.sql`
    select author_hash, committed_at from commit
     where ${beginsWith} and reachable = true and committed_at >= ${from} and committed_at < ${to}
       and not (${unless})`;
  return Prisma.sql`
    select coalesce(sum(count), 0)::int as commit_count, count(distinct person_key)::int as author_count
      from (${spellings(commits, isOf)}) as own`;
}

/**
 * Counts intervals again that have changed, the longest first, and forgets those that are not worth
 * keeping. Nothing while an event is not filled, since its commits would be counted with the others:
 * another may have come since the caller saw none. False when neither is left. Whoever calls it holds the
 * mark of the statistics.
 */
export async function settleActivity(tx: Transaction): Promise<boolean> {
  const end = Prisma.sql`
    ((chosen.start at time zone 'UTC') + ('1 ' || chosen.interval::text)::interval) at time zone 'UTC'`;
  const stretch = { from: Prisma.sql`chosen.start`, to: Prisma.sql`chosen.ends_at` };
  const isOf = Prisma.sql`repository_id = chosen.repository_id`;
  const everything = Prisma.sql`true`;
  const isTogether = Prisma.sql`chosen.repository_id = ${ALL_TOGETHER}`;
  const together = countedStretch(
    { id: Prisma.sql`chosen.repository_id`, isOf: everything, beginsWith: everything },
    { ...stretch, unless: Prisma.sql`not (${isTogether})` },
  );
  const alone = countedStretch(
    { id: Prisma.sql`chosen.repository_id`, isOf, beginsWith: isOf },
    { ...stretch, unless: isTogether },
  );
  const [row] = await tx.$queryRaw<{ isMore: boolean }[]>`
    with state as materialized (
      select exists (${unfilledEvents(STATISTICS_PROJECTION)}) as is_behind),
    next as (
      select repository_id, interval, start, commit_count,
             sum(greatest(commit_count, 0)) over (order by interval desc, repository_id, start) as total
        from (select * from activity as chosen
               where author_count is null and not (select is_behind from state)
                 and not (commit_count > ${OPEN_COMMITS_MAX} and ${end} > now())
               order by interval desc, repository_id, start limit ${INTERVALS_MAX}) as changed),
    chosen as materialized (
      select chosen.*, ${end} as ends_at from next as chosen
       where total - greatest(commit_count, 0) < ${COMMITS_MAX}),
    counted as materialized (
      select chosen.repository_id, chosen.interval, chosen.start,
             together.commit_count + alone.commit_count as commit_count,
             together.author_count + alone.author_count as author_count
        from chosen cross join lateral (${together}) as together cross join lateral (${alone}) as alone),
    kept as (
      update activity a set commit_count = c.commit_count, author_count = c.author_count
        from counted c
       where c.commit_count >= ${COMMITS_MIN} and a.repository_id = c.repository_id
         and a.interval = c.interval and a.start = c.start),
    forgotten as (
      delete from activity a using counted c
       where c.commit_count < ${COMMITS_MIN} and a.repository_id = c.repository_id
         and a.interval = c.interval and a.start = c.start)
    select is_behind or exists (select from counted) as "isMore" from state`;
  return row?.isMore === true;
}
