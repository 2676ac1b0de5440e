import type { RateAccount } from "../../domain/rate-account.js";
import type { BudgetUser } from "../../github/budget-ledger.js";
import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";

/** A user's tokens are replaced over the years; the latest are remembered. */
const FINGERPRINTS_MAX = 100;
/** A process that freezes in here must not hold up the others. */
const IDLE_MS_MAX = 5_000;

/** One user's row, its times by the database's clock, and what that said then. */
export interface AccountRow extends RateAccount {
  readonly userId: bigint;
  readonly liveWaitingUntil: Date | null;
  readonly now: Date;
}

/**
 * Of `rate_budget b`: users whose budget is there to be used. One that was not heard of for a day has lost
 * its tokens, or is not needed; 0 is on whose account tokens are asked whose they are.
 */
export const USERS_IN_USE = Prisma.sql`
  b.user_id <> 0 and (b.reset_at is null or b.reset_at > clock_timestamp() - interval '1 day')`;

/** Of `rate_budget b`. */
export const ACCOUNT = Prisma.sql`
  b.user_id as "userId", b."limit", b.remaining, b.reset_at as "resetAt",
  b.paused_until as "pausedUntil", b.pause_reason as "pauseReason", b.refusals,
  b.spent_live as "spentLive", b.spent_backfill as "spentBackfill",
  b.spent_live_before as "spentLiveBefore", b.live_waiting_until as "liveWaitingUntil",
  date_trunc('milliseconds', clock_timestamp()) as now`;

export async function readUsers(
  tx: Pick<Transaction, "$queryRaw">,
  fingerprints: readonly string[],
): Promise<(AccountRow & { login: string; fingerprints: string[] })[]> {
  return await tx.$queryRaw`
    select ${ACCOUNT}, b.login,
           array(select unnest(b.token_fingerprints)
                 intersect select unnest(${fingerprints}::text[])) as fingerprints
      from rate_budget b where b.token_fingerprints && ${fingerprints}::text[]`;
}

export async function saveUser(
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

export async function lockAccount(tx: Transaction, userId: bigint): Promise<AccountRow> {
  const [row] = await tx.$queryRaw<AccountRow[]>`
    select ${ACCOUNT}, ${boundedIdling()}
      from rate_budget b where b.user_id = ${userId} for update of b`;
  if (row === undefined) throw new Error(`user ${userId} is not registered`);
  return row;
}

/** Of whoever that request was sent for, as it is finished; null when it is so already. */
export async function lockAccountOf(
  tx: Transaction,
  finished: Prisma.Sql,
): Promise<AccountRow | null> {
  const [row] = await tx.$queryRaw<AccountRow[]>`
    with request as (${finished})
    select ${ACCOUNT}, ${boundedIdling()}
      from rate_budget b join request on request.user_id = b.user_id for update of b`;
  return row ?? null;
}

export async function saveAccount(
  tx: Transaction,
  userId: bigint,
  account: RateAccount,
): Promise<void> {
  await tx.$executeRaw`
    update rate_budget
       set "limit" = ${account.limit}, remaining = ${account.remaining},
           reset_at = ${account.resetAt}, paused_until = ${account.pausedUntil},
           pause_reason = ${account.pauseReason}, refusals = ${account.refusals},
           spent_live = ${account.spentLive}, spent_backfill = ${account.spentBackfill},
           spent_live_before = ${account.spentLiveBefore}
     where user_id = ${userId}`;
}

export async function saveLiveWaiting(
  tx: Transaction,
  userId: bigint,
  until: Date | null,
): Promise<void> {
  await tx.$executeRaw`
    update rate_budget set live_waiting_until = ${until} where user_id = ${userId}`;
}

function boundedIdling() {
  return Prisma.sql`set_config('idle_in_transaction_session_timeout', ${String(IDLE_MS_MAX)}, true)`;
}
