import type { Purpose } from "../../domain/rate-account.js";
import { GITHUB_PACE, type RecentRequests, spreadMs } from "../../domain/rate-pace.js";
import { ABANDONED_MARGIN_MS } from "../../github/budget-ledger.js";
import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { type AccountRow, lockAccountOf } from "./account-rows.js";

/** A request's rows are of use for as long; older ones are deleted, so many at a time. */
const KEPT_MS = 120_000;
const DELETED_MAX = 500;

type Recent = Omit<RecentRequests, "liveWaitingUntil">;

interface RecentRow extends Omit<Recent, "underWay" | "eachMs"> {
  readonly now: Date;
  readonly agesMs: readonly number[];
  readonly purposes: readonly Purpose[];
  readonly liveMs: number | null;
  readonly backfillMs: number | null;
}

/** In a statement of its own, after the lock: only so it sees what the lock's last holder wrote. */
export async function readRecent(
  tx: Transaction,
  userId: bigint,
  requestTimeoutMs: number,
): Promise<Recent & { readonly now: Date }> {
  const heldMs = requestTimeoutMs + ABANDONED_MARGIN_MS;
  const spread = spreadMs(1, GITHUB_PACE);
  const [row] = await tx.$queryRaw<RecentRow[]>`
    select t.now,
           coalesce(array_agg(r.age_ms) filter (where r.is_under_way), '{}') as "agesMs",
           coalesce(array_agg(r.purpose) filter (where r.is_under_way), '{}') as purposes,
           count(*) filter (where r.is_open and not r.is_under_way and r.age_ms < ${heldMs})::int
             as "lostCount",
           count(*) filter (where r.age_ms < 60000)::int as "begunCount",
           min(r.started_at) filter (where r.age_ms < 60000) as "firstBegunAt",
           coalesce(sum(r.github_ms) filter (where r.ended_ms < 60000), 0)::float8 as "endedMs",
           min(r.finished_at) filter (where r.ended_ms < 60000) as "firstEndedAt",
           avg(r.github_ms) filter (where r.purpose = 'live')::float8 as "liveMs",
           avg(r.github_ms) filter (where r.purpose = 'backfill')::float8 as "backfillMs",
           max(r.spread_until) as "spreadUntil"
      from (select date_trunc('milliseconds', clock_timestamp()) as now) t
      left join lateral (
        select q.purpose, q.started_at, q.finished_at, q.github_ms,
               q.finished_at is null as is_open,
               a.age_ms,
               q.finished_at is null and a.age_ms < ${requestTimeoutMs} as is_under_way,
               extract(epoch from t.now - q.finished_at)::float8 * 1000 as ended_ms,
               case when q.finished_at is not null then
                 q.started_at + ${spread}::float8 * interval '1 ms'
                   * sum(q.github_ms) over (order by q.started_at desc) end as spread_until
          from github_request q,
               lateral (select extract(epoch from t.now - q.started_at)::float8 * 1000 as age_ms) a
         where q.user_id = ${userId}
           and q.started_at > t.now - ${KEPT_MS} * interval '1 ms') r on true
     group by t.now`;
  if (row === undefined) throw new Error("an aggregate returned no row");
  const { agesMs, purposes, liveMs, backfillMs, ...recent } = row;
  const underWay = agesMs.map((ageMs, index) => ({ ageMs, purpose: purposes[index] ?? "live" }));
  return { ...recent, underWay, eachMs: { live: liveMs, backfill: backfillMs } };
}

export async function saveRequest(
  tx: Transaction,
  userId: bigint,
  purpose: Purpose,
  now: Date,
): Promise<bigint> {
  const [row] = await tx.$queryRaw<{ id: bigint }[]>`
    insert into github_request (user_id, purpose, started_at)
    values (${userId}, ${purpose}, ${now}) returning id`;
  if (row === undefined) throw new Error("an insert returned no row");
  return row.id;
}

/** Null when it is finished already. Locks the account of whoever it was sent for. */
export async function finishRequest(
  tx: Transaction,
  requestId: bigint,
  gitHubMs: number | undefined,
): Promise<AccountRow | null> {
  return await lockAccountOf(
    tx,
    Prisma.sql`
      update github_request
         set finished_at = clock_timestamp(),
             github_ms = coalesce(${gitHubMs === undefined ? null : Math.round(gitHubMs)}::int,
               round(extract(epoch from clock_timestamp() - started_at) * 1000)::int)
       where id = ${requestId} and finished_at is null returning user_id`,
  );
}

export async function deleteOldRequests(tx: Transaction, userId: bigint): Promise<void> {
  await tx.$executeRaw`
    delete from github_request where id in (
      select id from github_request
       where user_id = ${userId} and started_at < clock_timestamp() - ${KEPT_MS} * interval '1 ms'
       order by started_at limit ${DELETED_MAX}::int for update skip locked)`;
}
