import {
  accountAt,
  bookOutcome,
  learn,
  type RateAccount,
  type RequestOutcome,
} from "../../domain/rate-account.js";
import { decide, type RecentRequests } from "../../domain/rate-budget.js";
import {
  ABANDONED_MARGIN_MS,
  type BudgetLedger,
  type BudgetUser,
} from "../../github/budget-ledger.js";
import type { Database, Transaction } from "../../postgres/database.js";
import { databaseError } from "../../postgres/database-error.js";
import { Prisma } from "../../postgres/prisma-client/client.js";

/** A request's rows are of use for as long; older ones are deleted, so many at a time, now and then. */
const KEPT_MS = 120_000;
const DELETED_MAX = 500;
const SETTLED_BETWEEN_DELETES = 100;
/** A user's tokens are replaced over the years; the latest are remembered. */
const FINGERPRINTS_MAX = 100;
/** A process that freezes in here must not hold up the others. */
const IDLE_MS_MAX = 5_000;

type AccountRow = RateAccount & { readonly userId: bigint; readonly now: Date };

const ACCOUNT = Prisma.sql`
  b.user_id as "userId", b."limit", b.remaining, b.reset_at as "resetAt",
  b.paused_until as "pausedUntil", b.pause_reason as "pauseReason", b.refusals,
  b.spent_live as "spentLive", b.spent_backfill as "spentBackfill",
  b.spent_live_before as "spentLiveBefore", clock_timestamp() as now`;

/**
 * The ledger that all processes share. Who acquires or settles holds the lock of the user's one row
 * meanwhile, and what it decides by is read after that. All times are by the database's clock.
 */
export function createBudgetStore({
  database,
  requestTimeoutMs,
}: {
  database: Database;
  requestTimeoutMs: number;
}): BudgetLedger {
  let settledCount = 0;
  return {
    async knownUsers(fingerprints) {
      const rows = await readUsers(database, fingerprints).catch((error: unknown) => {
        throw databaseError(error);
      });
      return rows.map(({ login, fingerprints: found, ...row }) => {
        return { userId: row.userId, login, fingerprints: found, account: byOurClock(row) };
      });
    },
    async register(user, fingerprints, limits) {
      return await database.transaction(async (tx) => {
        const row = await saveUser(tx, user, fingerprints);
        const account = learn(row, limits);
        await saveAccount(tx, row.userId, account);
        return byOurClock({ ...row, ...account });
      });
    },
    async acquire(userId, purpose) {
      return await database.transaction(async (tx) => {
        const row = await lockAccount(tx, userId);
        const { now, ...recent } = await readRecent(tx, userId, requestTimeoutMs);
        const account = byOurClock({ ...row, now });
        const decision = decide({ ...row, ...recent }, purpose, now);
        if (decision.kind === "wait") {
          const until = ourTime(decision.until, now);
          return { granted: false, until, reason: decision.reason, account };
        }
        return { granted: true, requestId: await saveRequest(tx, userId, now), account };
      });
    },
    async settle(requestId, outcome) {
      const begunMs = Date.now();
      settledCount += 1;
      const isDeleting = settledCount % SETTLED_BETWEEN_DELETES === 1;
      return await database.transaction(async (tx) => {
        const row = await finishRequest(tx, requestId);
        if (row === null) return null;
        const account = bookOutcome(row, byDatabaseClock(outcome, row.now, begunMs), row.now);
        if (account !== row) await saveAccount(tx, row.userId, account);
        if (isDeleting) await deleteOldRequests(tx, row.userId);
        return byOurClock({ ...row, ...account });
      });
    },
  };
}

/** What it takes to wait is told by the caller's clock; a reset is GitHub's own time. */
function byDatabaseClock(outcome: RequestOutcome, now: Date, begunMs: number): RequestOutcome {
  if (outcome.kind !== "refused" || outcome.retryAt === null) return outcome;
  return { ...outcome, retryAt: new Date(now.getTime() + outcome.retryAt.getTime() - begunMs) };
}

function byOurClock({ now, userId: _, ...row }: AccountRow): RateAccount {
  const account = accountAt(row, now);
  const { pausedUntil } = account;
  return { ...account, pausedUntil: pausedUntil && ourTime(pausedUntil, now) };
}

function ourTime(time: Date, now: Date): Date {
  return new Date(Date.now() + time.getTime() - now.getTime());
}

async function readUsers({ primary }: Database, fingerprints: readonly string[]) {
  return await primary.$queryRaw<(AccountRow & { login: string; fingerprints: string[] })[]>`
    select ${ACCOUNT}, b.login,
           array(select unnest(b.token_fingerprints)
                 intersect select unnest(${fingerprints}::text[])) as fingerprints
      from rate_budget b where b.token_fingerprints && ${fingerprints}::text[]`;
}

async function saveUser(
  tx: Transaction,
  { userId, login }: BudgetUser,
  fingerprints: readonly string[],
): Promise<AccountRow> {
  const [row] = await tx.$queryRaw<AccountRow[]>`
    insert into rate_budget as b (user_id, login, token_fingerprints)
    values (${userId}, ${login}, ${fingerprints}::text[])
    on conflict (user_id) do update
       set login = excluded.login,
           token_fingerprints = excluded.token_fingerprints || array(
             select f from unnest(b.token_fingerprints) with ordinality as old(f, place)
              where f <> all(excluded.token_fingerprints)
              order by place limit ${FINGERPRINTS_MAX}::int)
    returning ${ACCOUNT}`;
  if (row === undefined) throw new Error("an upsert returned no row");
  return row;
}

async function lockAccount(tx: Transaction, userId: bigint): Promise<AccountRow> {
  const [row] = await tx.$queryRaw<AccountRow[]>`
    select ${ACCOUNT}, ${boundedIdling()}
      from rate_budget b where b.user_id = ${userId} for update of b`;
  if (row === undefined) throw new Error(`user ${userId} is not registered`);
  return row;
}

/** In a statement of its own, after the lock: only so it sees what the lock's last holder wrote. */
async function readRecent(
  tx: Transaction,
  userId: bigint,
  requestTimeoutMs: number,
): Promise<RecentRequests & { now: Date }> {
  const abandonedMs = requestTimeoutMs + ABANDONED_MARGIN_MS;
  const [row] = await tx.$queryRaw<(RecentRequests & { now: Date })[]>`
    select t.now,
           count(*) filter (where r.age_ms < ${abandonedMs} and r.is_open)::int as "inFlight",
           count(*) filter (where r.age_ms < 60000)::int as "requestsLastMinute",
           coalesce(sum(r.took_ms) filter (where r.ended_ms < 60000), 0)
             + coalesce(sum(r.age_ms) filter (where r.is_open and r.age_ms < ${requestTimeoutMs}), 0)
             as "gitHubMsLastMinute",
           coalesce(sum(r.age_ms) filter (where r.is_open and r.age_ms < ${requestTimeoutMs}), 0)
             as "gitHubMsInFlight",
           avg(r.took_ms) as "gitHubMsEach",
           min(r.started_at) filter (where r.age_ms < 60000) as "firstBegunAt",
           min(r.finished_at) filter (where r.ended_ms < 60000) as "firstEndedAt"
      from (select date_trunc('milliseconds', clock_timestamp()) as now) t
      left join lateral (
        select q.started_at, q.finished_at, q.finished_at is null as is_open,
               extract(epoch from t.now - q.started_at)::float8 * 1000 as age_ms,
               extract(epoch from t.now - q.finished_at)::float8 * 1000 as ended_ms,
               extract(epoch from q.finished_at - q.started_at)::float8 * 1000 as took_ms
          from github_request q
         where q.user_id = ${userId}
           and q.started_at > t.now - ${KEPT_MS} * interval '1 ms') r on true
     group by t.now`;
  if (row === undefined) throw new Error("an aggregate returned no row");
  return row;
}

async function saveRequest(tx: Transaction, userId: bigint, now: Date): Promise<bigint> {
  const [row] = await tx.$queryRaw<{ id: bigint }[]>`
    insert into github_request (user_id, started_at) values (${userId}, ${now}) returning id`;
  if (row === undefined) throw new Error("an insert returned no row");
  return row.id;
}

/** Null when it is finished already. Locks the account of whoever it was sent for. */
async function finishRequest(tx: Transaction, requestId: bigint): Promise<AccountRow | null> {
  const [row] = await tx.$queryRaw<AccountRow[]>`
    with request as (
      update github_request set finished_at = clock_timestamp()
       where id = ${requestId} and finished_at is null returning user_id)
    select ${ACCOUNT}, ${boundedIdling()}
      from rate_budget b join request on request.user_id = b.user_id for update of b`;
  return row ?? null;
}

async function saveAccount(tx: Transaction, userId: bigint, account: RateAccount): Promise<void> {
  await tx.$executeRaw`
    update rate_budget
       set "limit" = ${account.limit}, remaining = ${account.remaining},
           reset_at = ${account.resetAt}, paused_until = ${account.pausedUntil},
           pause_reason = ${account.pauseReason}, refusals = ${account.refusals},
           spent_live = ${account.spentLive}, spent_backfill = ${account.spentBackfill},
           spent_live_before = ${account.spentLiveBefore}
     where user_id = ${userId}`;
}

async function deleteOldRequests(tx: Transaction, userId: bigint): Promise<void> {
  await tx.$executeRaw`
    delete from github_request where id in (
      select id from github_request
       where user_id = ${userId} and started_at < clock_timestamp() - ${KEPT_MS} * interval '1 ms'
       order by started_at limit ${DELETED_MAX}::int for update skip locked)`;
}

function boundedIdling() {
  return Prisma.sql`set_config('idle_in_transaction_session_timeout', ${String(IDLE_MS_MAX)}, true)`;
}
