import type { Purpose, RateAccount } from "../../domain/rate-account.js";
import { closedUntil } from "../../domain/rate-budget.js";
import type { Transaction } from "../../postgres/database.js";

/** Whether anybody may ask GitHub now, for each purpose. */
export type Openings = Readonly<Record<Purpose, boolean>>;

/**
 * Whether there is a GitHub user who may be asked at all now: nobody told them to wait, and there are
 * points that are not kept. Pacing is no reason to wait here. True as long as no user is known.
 */
export async function readOpenings(tx: Pick<Transaction, "$queryRaw">): Promise<Openings> {
  const rows = await tx.$queryRaw<(RateAccount & { now: Date })[]>`
    select "limit", remaining, reset_at as "resetAt", paused_until as "pausedUntil",
           pause_reason as "pauseReason", refusals, spent_live as "spentLive",
           spent_backfill as "spentBackfill", spent_live_before as "spentLiveBefore",
           clock_timestamp() as now
      from rate_budget where user_id <> 0`; // 0: on whose account tokens are asked whose they are
  const isOpen = (purpose: Purpose) =>
    rows.length === 0 || rows.some((row) => closedUntil(row, purpose, row.now) === null);
  return { live: isOpen("live"), backfill: isOpen("backfill") };
}
