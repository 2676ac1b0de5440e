import { accountAt, type RateAccount } from "../../domain/rate-account.js";
import type { Database } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { accountByOurClock } from "./database-clock.js";

export interface RateBudget extends RateAccount {
  readonly login: string;
}

/** What each GitHub user has left now, by login. */
export async function readRateBudgets({ reader }: Database): Promise<RateBudget[]> {
  const beforeMs = Date.now();
  const rows = await reader.query<RateBudget & { now: Date }>(Prisma.sql`
      select login, "limit", remaining, reset_at as "resetAt", paused_until as "pausedUntil",
             pause_reason as "pauseReason", refusals, spent_live as "spentLive",
             spent_backfill as "spentBackfill", spent_live_before as "spentLiveBefore",
             clock_timestamp() as now
        from rate_budget where user_id <> 0 order by login, user_id`);
  const afterMs = Date.now();
  return rows.map(({ now, login, ...account }) => {
    const clock = { beforeMs, databaseMs: now.getTime(), afterMs };
    return { login, ...accountByOurClock(accountAt(account, now), clock) };
  });
}
