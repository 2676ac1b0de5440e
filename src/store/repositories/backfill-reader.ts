import type { Database } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";

/** How far a history is that is being fetched. */
export interface Backfill {
  readonly id: number;
  readonly transport: "API" | "GIT";
  /** By git. */
  readonly receivedBytes: number | null;
  readonly doneCount: number;
  /** Null where nobody has counted it. */
  readonly leftCount: number | null;
  /** As fast as so far; null before there is anything to go by. */
  readonly secondsLeft: number | null;
}

/** In no order; none of those whose history is complete, or waits for what only a check will bring. */
export async function readBackfills(
  { reader }: Database,
  ids: readonly number[],
): Promise<Backfill[]> {
  return await reader.query<Backfill>(Prisma.sql`
    with found as (
      select r.id, 'GIT' as transport, t.received_bytes::float8 as bytes, t.done_count as done,
             t.commit_count as total, t.started_at as since
        from history_transfer t join repository r on r.id = t.repository_id
       where t.held_until > now()
       union all
      select r.id, 'API', null, r.commit_count, h.count, h.counted_at
        from repository r
        left join history_count h on h.repository_id = r.id and h.oid = r.observed_oid
       where r.head_oid is null and cardinality(r.frontier) > 0 and r.state = 'BACKFILLING'
         and not exists (select from history_transfer t
                          where t.repository_id = r.id and t.held_until > now())),
    counted as (
      select *, case when total is not null then greatest(total - done, 0) end as left_count from found)
    select id, transport, bytes as "receivedBytes", done as "doneCount", left_count as "leftCount",
           case when done > 0 and left_count is not null
                then least(ceil(left_count * extract(epoch from now() - since) / done), 2147483647)::int
            end as "secondsLeft"
      from counted where id = any(${ids}::int[])`);
}
