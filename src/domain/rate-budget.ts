import { accountAt, HOUR_MS, type Purpose, type RateAccount } from "./rate-account.js";
import {
  GITHUB_PACE,
  type Pace,
  type PacingReason,
  pacingWait,
  type RecentRequests,
} from "./rate-pace.js";
import { reserveMetAt, reserveOf } from "./rate-reserve.js";

export interface BudgetState extends RateAccount, RecentRequests {}

/**
 * `paused`, `points`, `reserve`: GitHub's word, or points that are kept; come back at that time.
 * The others are pacing; there is room again soon.
 */
export type WaitReason = "paused" | "points" | "reserve" | PacingReason;

export type Decision =
  | { readonly kind: "go" }
  | { readonly kind: "wait"; readonly until: Date; readonly reason: WaitReason };

type Waiting = Extract<Decision, { kind: "wait" }>;

const RESERVE_MS_MIN = 1_000;

/** Whether one more request may be sent now, and if not, before when there is no use in asking. */
export function decide(
  state: BudgetState,
  purpose: Purpose,
  now: Date,
  pace: Pace = GITHUB_PACE,
): Decision {
  const inFlight = state.underWay.length + state.lostCount;
  const closed = closedUntil(state, purpose, now, inFlight);
  if (closed !== null) return closed;
  const wait = pacingWait(state, purpose, now, pace);
  return wait === null ? { kind: "go" } : { kind: "wait", ...wait };
}

/** What there is against asking at all now, pacing aside; null: nothing. */
export function closedUntil(
  given: RateAccount,
  purpose: Purpose,
  now: Date,
  inFlight = 0,
): Waiting | null {
  const account = accountAt(given, now);
  const { pausedUntil, resetAt } = account;
  if (pausedUntil !== null) return { kind: "wait", until: pausedUntil, reason: "paused" };
  const left = account.remaining - inFlight;
  if (left <= 0) {
    const until = resetAt ?? new Date(now.getTime() + HOUR_MS);
    return { kind: "wait", until, reason: "points" };
  }
  if (purpose === "live" || left > reserveOf(account, now)) return null;
  const metAtMs = reserveMetAt(account, left, now).getTime();
  const until = new Date(Math.max(metAtMs, now.getTime() + RESERVE_MS_MIN));
  return { kind: "wait", until, reason: "reserve" };
}

/** Whether a wait is only pacing, and none that GitHub or the reserve asks for. */
export function isPacing(reason: WaitReason): reason is PacingReason {
  return reason !== "paused" && reason !== "points" && reason !== "reserve";
}
