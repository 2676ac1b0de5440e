const JITTER = 0.1; // from end to end: ±5 %
const HALVINGS = 60;
/** One commit a day. */
const ORDINARY_RATE = 1 / 86_400;

/** Shortest and longest time between two checks of one repository. */
export interface IntervalBounds {
  readonly minMs: number;
  readonly maxMs: number;
}

/** So many repositories with about this rate (commits a second × urgency). */
export interface RateBucket {
  readonly rate: number;
  readonly count: number;
}

/**
 * The pace κ (ms · √(commits a second)) at which repositories checked every κ / √rate milliseconds,
 * within the bounds, use `checksPerSecond` (above zero) and never more.
 *
 * With a budget of checks, the mean delay of a commit is least when repositories are checked in proportion
 * to the square root of their rate: minimise Σ λτ/2 under Σ 1/τ = budget, so τ ∝ 1/√λ.
 * Weights for urgency multiply the rate, τ ∝ 1/√(wλ): give `wλ` here and to `checkIntervalMs`.
 *
 * Buckets of a histogram may stand for their repositories by their mean rate: sixty over nine decades are
 * within 0.5 % of the exact budget, on the frugal side.
 *
 * - Budget for more than the shortest interval for all: κ is 0, and the rest stays unspent.
 * - Budget for less than the longest for all: the longest is stretched (see `checkIntervalMs`).
 */
export function solvePace(
  histogram: readonly RateBucket[],
  checksPerSecond: number,
  bounds: IntervalBounds,
): number {
  if (!(checksPerSecond > 0)) throw new RangeError("checksPerSecond must be above zero");
  const used = histogram.filter(({ count }) => count > 0);
  const spent = (pace: number) =>
    used.reduce(
      (sum, { rate, count }) => sum + (count * 1_000) / intervalMs(rate, pace, bounds),
      0,
    );
  if (spent(0) <= checksPerSecond) return 0;

  const total = used.reduce((sum, { count }) => sum + count, 0);
  const fastest = used.reduce((most, { rate }) => Math.max(most, rate), ORDINARY_RATE);
  const slowest = used.reduce((least, { rate }) => Math.min(least, rate), fastest);
  // At `enough` every interval is at least the budget's mean interval; below `least` all are the shortest.
  let enough = ((total * 1_000) / checksPerSecond) * Math.sqrt(fastest);
  let least = Math.min(bounds.minMs * Math.sqrt(slowest), enough);
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = Math.sqrt(least * enough); // geometric: κ spans many decades
    if (spent(middle) > checksPerSecond) least = middle;
    else enough = middle;
  }
  return enough;
}

/**
 * Milliseconds to the next check of a repository with this rate (commits a second × urgency, above zero):
 * κ / √rate within the bounds, ±5 % so that repositories added together part.
 * The longest interval gives way when even a repository with a commit a day would wait that long:
 * all quieter ones then wait as long as that one, so that the budget holds for any number of repositories
 * and the busy ones keep their share.
 */
export function checkIntervalMs(
  rate: number,
  pace: number,
  bounds: IntervalBounds,
  random: () => number = Math.random,
): number {
  return Math.round(intervalMs(rate, pace, bounds) * (1 + JITTER * (random() - 0.5)));
}

function intervalMs(rate: number, pace: number, { minMs, maxMs }: IntervalBounds): number {
  const longest = Math.max(maxMs, pace / Math.sqrt(ORDINARY_RATE));
  return Math.min(Math.max(pace / Math.sqrt(rate), minMs), longest);
}

/** What GitHub gives all users together. */
export interface BudgetSize {
  readonly users: number;
  readonly pointsPerHour: number;
}

/** The rest is for looks, pulls and what goes wrong. */
const POINTS_SHARE = 0.58;
const CHECKS_PER_POINT = 100;
/** GitHub's time is to be kept below 45 s a user and minute; half of it is for looks and pulls. */
const GITHUB_MS_PER_MINUTE = 45_000;
const TIME_SHARE = 0.55;

/** How many repositories may be glanced at in a second, by points and by GitHub's time. */
export function checksPerSecond({ users, pointsPerHour }: BudgetSize, checkMs: number): number {
  const byPoints = (pointsPerHour * POINTS_SHARE * CHECKS_PER_POINT) / 3_600;
  const byTime = (users * GITHUB_MS_PER_MINUTE * TIME_SHARE) / 60 / checkMs;
  return Math.min(byPoints, byTime);
}

/** What a repository's next check depends on. */
export interface Scheduled {
  readonly rateWeight: number;
  readonly rateAt: Date;
  readonly lastCommitAt: Date | null;
  readonly createdAt: Date;
  readonly watchedUntil: Date | null;
}

export interface NextCheck {
  readonly delayMs: number;
  /** Commits a second to expect, times urgency; kept for the histogram of all. */
  readonly checkRate: number;
  readonly reason: "RATE" | "WATCHED";
}

export type ScheduleOf = (repository: Scheduled) => NextCheck;
