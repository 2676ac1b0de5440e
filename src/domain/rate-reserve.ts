import { HOUR_MS, type RateAccount } from "./rate-account.js";

/** Of an hour's points: what backfill never touches, and the most that live work may need on top. */
const KEPT_SHARE = 0.1;
const LIVE_SHARE_MAX = 0.7;
/**
 * Of what live work took until now, what it gets along with: most of it are checks, which are paced by what is
 * left of the hour (`check-schedule.ts`). Without that, backfill would stop early for as long as it takes.
 */
const NEED_SHARE = 0.5;
/** As long as it takes until what live work has spent weighs as much as what it may need at most. */
const DOUBT_MS = 10 * 60_000;

/**
 * What backfill leaves of an hour's points: a tenth, and what live work is expected to need until the
 * hour ends, which is half of what it takes where it may.
 *
 * Live work is expected to take the most that it may until the hour has shown what it takes: ten minutes
 * without any halve that. So a burst at the beginning counts as little more than it was, and work that
 * goes on as it began, and slows its checks down by what is left, never runs dry, however fast backfill
 * is. It is never expected to take less than in the hour before.
 */
export function reserveOf(account: RateAccount, now: Date): number {
  const leftMs = msLeft(account, now);
  const spentMs = HOUR_MS - leftMs;
  const { limit, spentLive, spentLiveBefore } = account;
  const most = LIVE_SHARE_MAX * limit;
  const doubt = most * (DOUBT_MS / HOUR_MS);
  const rate = Math.max((spentLive + doubt) / (spentMs + DOUBT_MS), spentLiveBefore / HOUR_MS);
  return KEPT_SHARE * limit + NEED_SHARE * Math.min(most, rate * leftMs);
}

/** When the reserve has come down below `left` points, as long as live work spends none. */
export function reserveMetAt(account: RateAccount, left: number, now: Date): Date {
  const leftMs = msLeft(account, now);
  const { limit, spentLive, spentLiveBefore } = account;
  const spare = (left - KEPT_SHARE * limit) / NEED_SHARE;
  const endMs = now.getTime() + leftMs;
  if (spare <= 0) return new Date(endMs);
  // Both rates of `reserveOf`, solved for the time that is left when they need no more than `spare`.
  const needed = spentLive + LIVE_SHARE_MAX * limit * (DOUBT_MS / HOUR_MS);
  const byThisHour = (spare * (HOUR_MS + DOUBT_MS)) / (needed + spare);
  const byTheHourBefore = spentLiveBefore > 0 ? (spare * HOUR_MS) / spentLiveBefore : HOUR_MS;
  const metAtMs = Math.ceil(endMs - Math.min(byThisHour, byTheHourBefore)) + 1;
  return new Date(Math.min(Math.max(metAtMs, now.getTime()), endMs));
}

function msLeft({ resetAt }: RateAccount, now: Date): number {
  if (resetAt === null) return HOUR_MS;
  return Math.min(Math.max(resetAt.getTime() - now.getTime(), 0), HOUR_MS);
}
