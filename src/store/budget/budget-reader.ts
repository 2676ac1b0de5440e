import { accountAt, type RateAccount } from "../../domain/rate-account.js";
import type { Database } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";

export interface RateBudget extends RateAccount {
  readonly login: string;
}

/** What each GitHub user has left now, by login. */
export async function readRateBudgets({ reader }: Database): Promise<RateBudget[]> {
  const rows = await reader.query<RateBudget & { now: Date }>(Prisma.sql`
      select login, "limit", remaining, reset_at as "resetAt", paused_until as "pausedUntil",
             pause_reason as "pauseReason", refusals, spent_live as "spentLive",
             spent_backfill as "spentBackfill", spent_live_before as "spentLiveBefore",
             now() as now
        from rate_budget where user_id <> 0 order by login, user_id`);
  return rows.map(({ now, login, ...account }) => ({ login, ...accountAt(account, now) }));
}
