import { setTimeout as delay } from "node:timers/promises";
import { isTrackerError } from "../domain/errors.js";

/** To be told to wait for longer is an answer. */
const WAIT_MS_MAX = 120_000;
/** Before each new try after a failure that may have passed by then. */
const PAUSES_MS = [500, 2_000, 8_000];

export interface Patience {
  readonly signal: AbortSignal;
  /** By `performance.now()`: nothing is waited for beyond that. */
  readonly endsAtMs: number;
}

/**
 * Asks GitHub again after a failure that passes, a few times, and whenever it said to wait for a moment:
 * neither is a reason to fetch all of a history again. Rejects with the last failure.
 */
export async function patiently<T>(
  ask: () => Promise<T>,
  { signal, endsAtMs }: Patience,
): Promise<T> {
  const pausesMs = PAUSES_MS.values();
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const waitMs = isPassing(error) ? pausesMs.next().value : untilAllowedMs(error);
      if (waitMs === undefined || performance.now() + waitMs > endsAtMs) throw error;
      await delay(waitMs, undefined, { signal });
    }
  }
}

/** The way to GitHub or GitHub itself had a bad moment. */
export function isPassing(error: unknown): boolean {
  return (
    isTrackerError(error, "GITHUB_UNREACHABLE") ||
    isTrackerError(error, "GITHUB_BAD_GATEWAY") ||
    isTrackerError(error, "GITHUB_MALFORMED_ANSWER")
  );
}

function untilAllowedMs(error: unknown): number | undefined {
  if (!isTrackerError(error, "GITHUB_RATE_LIMITED")) return undefined;
  const waitMs = (error.details.retryAt?.getTime() ?? Number.POSITIVE_INFINITY) - Date.now();
  return waitMs > WAIT_MS_MAX ? undefined : Math.max(0, waitMs);
}
