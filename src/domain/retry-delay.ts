import type { IntervalBounds } from "./check-schedule.js";

const SECOND = 1_000;
const JITTER = 0.1; // spreads repositories added together
const UNAVAILABLE_MS_MAX = 24 * 3_600 * SECOND;

/**
 * Time to the next attempt after `attempts` failures in a row: doubles from the shortest interval.
 * A repository that GitHub does not show is asked for ever more rarely, down to once a day.
 */
export function retryDelayMs(
  attempts: number,
  isUnavailable: boolean,
  { minMs, maxMs }: IntervalBounds,
  random: () => number = Math.random,
): number {
  const limit = isUnavailable ? Math.max(UNAVAILABLE_MS_MAX, maxMs) : maxMs;
  const doubled = minMs * 2 ** Math.min(Math.max(attempts - 1, 0), 30);
  return Math.round(Math.min(doubled, limit) * (1 + JITTER * (random() - 0.5)));
}
