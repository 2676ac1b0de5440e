import { TrackerError } from "../domain/errors.js";
import type { LimitKind, Purpose } from "../domain/rate-account.js";
import { isPacing, type WaitReason } from "../domain/rate-budget.js";

/** Why no request may be sent now, and until when. */
export interface Wait {
  readonly until: Date;
  readonly reason: WaitReason;
  /** Of a pause: what GitHub called it. */
  readonly pauseReason: LimitKind | null;
}

/** Longer than this, and a request is better tried again as a whole. Backfill has nothing else to do. */
const SHORT_MS_MAX: Readonly<Record<Purpose, number>> = { live: 5_000, backfill: 30_000 };
/** So that what waits for the same moment does not come at that moment. */
const SPREAD_MS = 5_000;

/** Whether a request waits it out: only pacing, and never for long. */
export function isShort({ until, reason }: Wait, purpose: Purpose, nowMs: number): boolean {
  return isPacing(reason) && until.getTime() - nowMs <= SHORT_MS_MAX[purpose];
}

export function mustWait(wait: Wait, random: () => number): TrackerError {
  const retryAt = new Date(wait.until.getTime() + Math.floor(random() * SPREAD_MS));
  const { limit, why } = told(wait);
  const message = `${why}; no request before ${retryAt.toISOString()}.`;
  return new TrackerError("GITHUB_RATE_LIMITED", message, {
    ...{ limit, retryAt, reason: wait.reason, isPacing: isPacing(wait.reason) },
  });
}

function told({ reason, pauseReason }: Wait): { limit: LimitKind | "local"; why: string } {
  switch (reason) {
    case "paused":
      return { limit: pauseReason ?? "secondary", why: "GitHub said to wait" };
    case "points":
      return { limit: "primary", why: "GitHub's points of this hour are used up" };
    case "reserve":
      return { limit: "local", why: "What is left of this hour's points is kept for live work" };
    case "requests":
    case "time":
    case "in-flight":
    case "live":
      return { limit: "local", why: "As much as GitHub allows was asked in the last minute" };
  }
}

/** Rejects with the signal's reason as soon as it is aborted, whatever becomes of the work. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
    if (signal.aborted) onAbort();
  });
}
