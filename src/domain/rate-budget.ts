import { accountAt, HOUR_MS, type Purpose, type RateAccount } from "./rate-account.js";

/** What one GitHub user's requests of the last minute took, those of all processes together. */
export interface RecentRequests {
  /** Without those whose process must have died. */
  readonly inFlight: number;
  /** Begun in the last minute. */
  readonly requestsLastMinute: number;
  /** Of GitHub's time: requests that ended in the last minute, and what those under way took so far. */
  readonly gitHubMsLastMinute: number;
  /** Of these, what those under way took so far. */
  readonly gitHubMsInFlight: number;
  /** What a request took lately; null when none has ended lately. */
  readonly gitHubMsEach: number | null;
  /** Of those counted above, the earliest begun and the earliest ended; null: none. */
  readonly firstBegunAt: Date | null;
  readonly firstEndedAt: Date | null;
}

export interface BudgetState extends RateAccount, RecentRequests {}

/**
 * `paused`, `points`, `reserve`: GitHub's word, or points that are kept; come back at that time.
 * `requests`, `time`, `in-flight`: pacing; there is room again soon.
 */
export type WaitReason = "paused" | "points" | "reserve" | "requests" | "time" | "in-flight";

export type Decision =
  | { readonly kind: "go" }
  | { readonly kind: "wait"; readonly until: Date; readonly reason: WaitReason };

export interface Pace {
  readonly inFlightMax: number;
  readonly requestsPerMinuteMax: number;
  /** Of GitHub's time. */
  readonly msPerMinuteMax: number;
  /** What backfill takes at most of the time and of the places, so that live work finds room. */
  readonly backfill: { readonly inFlightMax: number; readonly msPerMinuteMax: number };
}

/** Below GitHub's documented 100 at once, 2,000 queries and 60 seconds of its time a minute. */
export const GITHUB_PACE: Pace = {
  inFlightMax: 10,
  requestsPerMinuteMax: 1_500,
  msPerMinuteMax: 45_000,
  backfill: { inFlightMax: 5, msPerMinuteMax: 27_000 },
};

const MINUTE_MS = 60_000;
/** GitHub gives up after ten seconds: a request can take as much until there is an answer to judge by. */
const GITHUB_MS_MAX = 10_000;
/** When a place may be free again; nobody knows. */
const LOOK_AGAIN_MS = 100;
const RESERVE_MS_MIN = 1_000;

/** Of an hour's points: what backfill never touches, and the most that is kept for live work. */
const RESERVE_SHARE_MIN = 0.1;
const RESERVE_SHARE_MAX = 0.8;

/** Whether one more request may be sent now, and if not, before when there is no use in asking. */
export function decide(
  given: BudgetState,
  purpose: Purpose,
  now: Date,
  pace: Pace = GITHUB_PACE,
): Decision {
  const state = { ...given, ...accountAt(given, now) };
  const { pausedUntil, inFlight, requestsLastMinute } = state;
  const nowMs = now.getTime();
  const wait = (reason: WaitReason, untilMs: number): Decision => ({
    kind: "wait",
    until: new Date(untilMs),
    reason,
  });
  if (pausedUntil !== null) return wait("paused", pausedUntil.getTime());
  const resetMs = state.resetAt?.getTime() ?? nowMs + HOUR_MS;
  const left = state.remaining - inFlight;
  if (left <= 0) return wait("points", resetMs);
  if (purpose === "backfill" && left <= reserveOf(state, now)) {
    return wait("reserve", Math.max(reserveMetAt(state, left, now), nowMs + RESERVE_MS_MIN));
  }
  if (requestsLastMinute >= pace.requestsPerMinuteMax) {
    return wait("requests", aMinuteAfter(state.firstBegunAt, nowMs));
  }
  const { inFlightMax, msPerMinuteMax } = purpose === "backfill" ? pace.backfill : pace;
  const eachMs = state.gitHubMsEach ?? GITHUB_MS_MAX;
  if (state.gitHubMsLastMinute - state.gitHubMsInFlight + eachMs > msPerMinuteMax) {
    return wait("time", aMinuteAfter(state.firstEndedAt, nowMs));
  }
  // Those under way go on taking time: each is expected to take as much again as one does lately.
  if (state.gitHubMsLastMinute + (inFlight + 1) * eachMs > msPerMinuteMax) {
    return wait("time", nowMs + LOOK_AGAIN_MS);
  }
  if (inFlight >= inFlightMax) return wait("in-flight", nowMs + LOOK_AGAIN_MS);
  return { kind: "go" };
}

/** Whether a wait is only pacing, and none that GitHub or the reserve asks for. */
export function isPacing(reason: WaitReason): boolean {
  return reason === "requests" || reason === "time" || reason === "in-flight";
}

/** What live work is expected to need until the hour ends, and a tenth. */
export function reserveOf(state: RateAccount, now: Date): number {
  const needed = liveRate(state, now) * msLeft(state, now);
  return Math.min(RESERVE_SHARE_MAX * state.limit, RESERVE_SHARE_MIN * state.limit + needed);
}

/** When the reserve has come down to `left` points as the hour goes by. */
function reserveMetAt(state: RateAccount, left: number, now: Date): number {
  const endMs = now.getTime() + msLeft(state, now);
  const rate = liveRate(state, now);
  if (rate <= 0) return endMs;
  const spare = Math.max(0, left - RESERVE_SHARE_MIN * state.limit);
  return Math.min(endMs, Math.ceil(endMs - spare / rate));
}

/** Points a millisecond: as fast as in this hour so far, or as in the one before. */
function liveRate(state: RateAccount, now: Date): number {
  const elapsedMs = Math.max(HOUR_MS - msLeft(state, now), MINUTE_MS);
  return Math.max(state.spentLive / elapsedMs, state.spentLiveBefore / HOUR_MS);
}

function msLeft({ resetAt }: RateAccount, now: Date): number {
  if (resetAt === null) return HOUR_MS;
  return Math.min(Math.max(resetAt.getTime() - now.getTime(), 0), HOUR_MS);
}

function aMinuteAfter(at: Date | null, nowMs: number): number {
  return Math.max((at?.getTime() ?? nowMs) + MINUTE_MS, nowMs + LOOK_AGAIN_MS);
}
