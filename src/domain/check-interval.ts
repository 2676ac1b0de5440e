const SECOND = 1_000;
const JITTER = 0.1; // spreads repositories added together
const UNAVAILABLE_MS_MAX = 24 * 3_600 * SECOND;

export interface CheckIntervalBounds {
  readonly checkIntervalMsMin: number;
  readonly checkIntervalMsMax: number;
}

/** Time to the next check of a healthy repository: half of how long it has been quiet, within the bounds. */
export function checkIntervalMs(
  quietMs: number,
  { checkIntervalMsMin, checkIntervalMsMax }: CheckIntervalBounds,
  random: () => number = Math.random,
): number {
  const half = Math.min(Math.max(quietMs / 2, checkIntervalMsMin), checkIntervalMsMax);
  return Math.round(half * (1 + JITTER * (random() - 0.5)));
}

/**
 * Time to the next attempt after `attempts` failures in a row: doubles from the shortest interval.
 * A repository that GitHub does not show is asked for ever more rarely, down to once a day.
 */
export function retryDelayMs(
  attempts: number,
  isUnavailable: boolean,
  { checkIntervalMsMin, checkIntervalMsMax }: CheckIntervalBounds,
  random: () => number = Math.random,
): number {
  const limit = isUnavailable
    ? Math.max(UNAVAILABLE_MS_MAX, checkIntervalMsMax)
    : checkIntervalMsMax;
  const doubled = checkIntervalMsMin * 2 ** Math.min(Math.max(attempts - 1, 0), 30);
  return Math.round(Math.min(doubled, limit) * (1 + JITTER * (random() - 0.5)));
}
