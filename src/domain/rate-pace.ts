import type { Purpose } from "./rate-account.js";

/** What one GitHub user's requests of the last minutes took, those of all processes together. */
export interface RecentRequests {
  readonly underWay: readonly UnderWay[];
  /** Never ended, though their time is up: their process must have died. They keep their places for a while. */
  readonly lostCount: number;
  /** In the last minute. */
  readonly begunCount: number;
  readonly firstBegunAt: Date | null;
  /** Of GitHub's time, by requests that ended in the last minute. */
  readonly endedMs: number;
  readonly firstEndedAt: Date | null;
  /** What a request took lately; null when none has ended lately. */
  readonly eachMs: Readonly<Record<Purpose, number | null>>;
  /** When all that has ended would be done if it were spread evenly (`Pace`); null: nothing has. */
  readonly spreadUntil: Date | null;
  /** Live work was refused for pacing, and comes again before. */
  readonly liveWaitingUntil: Date | null;
}

export interface UnderWay {
  readonly purpose: Purpose;
  readonly ageMs: number;
}

export interface Pace {
  readonly inFlightMax: number;
  readonly requestsPerMinuteMax: number;
  /** Of GitHub's time. */
  readonly msPerMinuteMax: number;
}

/** Below GitHub's documented 100 at once, 2,000 queries and 60 seconds of its time a minute. */
export const GITHUB_PACE: Pace = {
  inFlightMax: 10,
  requestsPerMinuteMax: 1_500,
  msPerMinuteMax: 45_000,
};

/** Why to go slower. `live`: it is live work's turn. */
export type PacingReason = "requests" | "time" | "in-flight" | "live";

export interface PacingWait {
  readonly reason: PacingReason;
  /** There is no use in asking again before. */
  readonly until: Date;
}

const MINUTE_MS = 60_000;
/** GitHub gives up after ten seconds: a request can take as much until there is an answer to judge by. */
const GITHUB_MS_MAX = 10_000;
/** When a place may be free again; nobody knows. */
const LOOK_AGAIN_MS = 100;
const LOOK_AGAIN_MS_MAX = 1_000;
/** How far backfill may be ahead of an even spread, so that no moment is lost while it waits its turn. */
const AHEAD_MS_MAX = 2_000;
/** A waiting request asks again within a second, or once its wait is over. */
const LIVE_WAITS_MS = 1_500;
const LIVE_WAITS_MS_MAX = 5_000;

/**
 * Whether one more request would be too much for GitHub just now; null: no.
 *
 * Live work may take the minute's time at once. Backfill may take all of it too, but spread evenly and
 * never while live work waits: so there is always some time coming free for live work.
 */
export function pacingWait(
  recent: RecentRequests,
  purpose: Purpose,
  now: Date,
  pace: Pace,
): PacingWait | null {
  const nowMs = now.getTime();
  const wait = (reason: PacingReason, untilMs: number) => ({ reason, until: new Date(untilMs) });
  const { liveWaitingUntil, underWay, endedMs } = recent;
  const isBackfill = purpose === "backfill";
  if (isBackfill && liveWaitingUntil !== null && liveWaitingUntil > now) {
    return wait("live", liveWaitingUntil.getTime());
  }
  if (recent.begunCount >= pace.requestsPerMinuteMax) {
    return wait("requests", aMinuteAfter(recent.firstBegunAt, nowMs));
  }
  const nextMs = expectedMs(recent, purpose);
  if (endedMs + nextMs > pace.msPerMinuteMax) {
    return wait("time", aMinuteAfter(recent.firstEndedAt, nowMs));
  }
  const expected = underWay.map((one) => ({ ...one, ms: expectedMs(recent, one.purpose) }));
  const underWayMs = expected.reduce((sum, { ms, ageMs }) => sum + Math.max(ms, ageMs), 0);
  if (endedMs + underWayMs + nextMs > pace.msPerMinuteMax) {
    return wait("time", nowMs + LOOK_AGAIN_MS);
  }
  if (isBackfill) {
    const latestMs = nowMs + AHEAD_MS_MAX;
    const endedUntilMs = recent.spreadUntil?.getTime() ?? 0;
    if (endedUntilMs > latestMs) return wait("time", endedUntilMs - AHEAD_MS_MAX);
    const begunMs = nowMs - Math.max(0, ...underWay.map(({ ageMs }) => ageMs));
    // What hangs, or whose process has died, is counted in the minute, and holds up nobody's turn.
    const dueMs = expected.reduce((sum, { ms }) => sum + ms, 0);
    const untilMs = Math.max(endedUntilMs, begunMs) + spreadMs(dueMs, pace);
    if (untilMs > latestMs) {
      const waitMs = Math.min(Math.max(untilMs - latestMs, LOOK_AGAIN_MS), LOOK_AGAIN_MS_MAX);
      return wait("time", nowMs + waitMs);
    }
  }
  if (underWay.length + recent.lostCount >= pace.inFlightMax) {
    return wait("in-flight", nowMs + LOOK_AGAIN_MS);
  }
  return null;
}

/** How long live work that was told to wait is to be waited for, before backfill goes on. */
export function liveWaitsUntil({ until }: PacingWait, now: Date): Date {
  const askedAtMs = Math.min(until.getTime(), now.getTime() + LIVE_WAITS_MS_MAX);
  return new Date(askedAtMs + LIVE_WAITS_MS);
}

/** What a request takes of the time there is, where so much of it may be used. */
export function spreadMs(gitHubMs: number, { msPerMinuteMax }: Pace): number {
  return (gitHubMs / msPerMinuteMax) * MINUTE_MS;
}

function expectedMs({ eachMs }: RecentRequests, purpose: Purpose): number {
  return eachMs[purpose] ?? eachMs[purpose === "live" ? "backfill" : "live"] ?? GITHUB_MS_MAX;
}

function aMinuteAfter(at: Date | null, nowMs: number): number {
  return Math.max((at?.getTime() ?? nowMs) + MINUTE_MS, nowMs + LOOK_AGAIN_MS);
}
