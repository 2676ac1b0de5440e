const JITTER = 0.1; // from end to end: ±5 %
const HALVINGS = 60;
/** Of all checks, those that everybody has alike; the others go by rate. */
const FLOOR_SHARE = 0.4;
/** As much of them, if the longest interval takes it. */
const FLOOR_SHARE_MAX = 0.8;

/** Shortest and longest time between two checks of one repository. */
export interface IntervalBounds {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Someone who follows a repository live is worth five times as many checks. */
export const WATCHED_WEIGHT = 5;

/** What a repository's share of the checks depends on. */
export interface Share {
  /** Commits a second to expect, above zero. */
  readonly rate: number;
  /** So many times as often as others of that rate. */
  readonly weight: number;
}

/** So many repositories of this weight and about this rate. */
export interface RateBucket extends Share {
  readonly count: number;
}

/** Of weight 1, a repository is checked every `floorMs`, and every `kappa` / √rate milliseconds beside. */
export interface Pace {
  readonly floorMs: number;
  readonly kappa: number;
}

/**
 * The pace at which all repositories use `checksPerSecond` (above zero) and never more.
 *
 * Two fifths of the checks are everybody's alike: nobody waits longer than two and a half times the interval
 * that all could have, however quiet, since what was quiet for months wakes without a sign. The others go
 * by the square root of the rate. With a budget of checks, that makes the mean delay of a commit least:
 * minimise Σ λτ/2 under Σ 1/τ = budget, so τ ∝ 1/√λ.
 *
 * Buckets of a histogram may stand for their repositories by their mean rate: sixty over nine decades are
 * within 0.5 % of the exact budget, on the frugal side.
 *
 * - Budget for more than the shortest interval for all: κ is 0, and the rest stays unspent.
 * - So many repositories that two fifths do not carry the longest interval: up to four fifths do, and
 *   where these would not, it gives way. The busy ones keep a fifth.
 * - More checks make nobody's interval longer, another repository nobody's shorter.
 */
export function solvePace(
  histogram: readonly RateBucket[],
  checksPerSecond: number,
  bounds: IntervalBounds,
): Pace {
  if (!(checksPerSecond > 0)) throw new RangeError("checksPerSecond must be above zero");
  const used = histogram.filter(({ count }) => count > 0);
  const sum = (of: (bucket: RateBucket) => number) =>
    used.reduce((total, bucket) => total + bucket.count * of(bucket), 0);
  const evenMs = (sum(({ weight }) => weight) * 1_000) / checksPerSecond;
  const floorMs = Math.min(
    Math.max(bounds.maxMs, evenMs / FLOOR_SHARE_MAX),
    Math.max(bounds.minMs, evenMs / FLOOR_SHARE),
  );
  const spent = (kappa: number) =>
    sum((bucket) => 1_000 / intervalMs(bucket, { floorMs, kappa }, bounds));
  if (spent(0) <= checksPerSecond) return { floorMs, kappa: 0 };

  // `enough` would do without a shortest interval; below `least` all have the shortest.
  const left = checksPerSecond * (1 - evenMs / floorMs);
  let enough = sum(({ rate, weight }) => weight * Math.sqrt(rate) * 1_000) / left;
  const slowest = used.reduce((least, { rate }) => Math.min(least, rate), Number.POSITIVE_INFINITY);
  let least = Math.min(bounds.minMs * Math.sqrt(slowest), enough);
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = Math.sqrt(least * enough); // geometric: κ spans many decades
    if (spent(middle) > checksPerSecond) least = middle;
    else enough = middle;
  }
  return { floorMs, kappa: enough };
}

/**
 * Milliseconds to the next check, at a pace of the same bounds: the shortest interval at least,
 * ±5 % so that repositories added together part.
 */
export function checkIntervalMs(
  share: Share,
  pace: Pace,
  bounds: IntervalBounds,
  random: () => number = Math.random,
): number {
  return Math.round(intervalMs(share, pace, bounds) * (1 + JITTER * (random() - 0.5)));
}

function intervalMs(
  { rate, weight }: Share,
  { floorMs, kappa }: Pace,
  { minMs }: IntervalBounds,
): number {
  const perMs = weight * (1 / floorMs + Math.sqrt(rate) / kappa);
  return Math.max(1 / perMs, minMs);
}

/** What GitHub gives all users together. */
export interface BudgetSize {
  readonly users: number;
  readonly pointsPerHour: number;
  /** Of that, what is left of the hour that runs, spread over what is left of it: 1 where nothing is short. */
  readonly leftShare?: number;
  /** First histories wait for their points. */
  readonly isShared?: boolean;
}

/** The rest is for looks, pulls and what goes wrong. */
const POINTS_SHARE = 0.58;
/** And for first histories. Live commits are seen later for it, by less than as much again. */
const POINTS_SHARE_BESIDE = 0.33;
const CHECKS_PER_POINT = 100;
const HOUR_S = 3_600;
const GATHER_MS_MAX = 10_000;
/** While first histories wait. */
const GATHER_MS_BESIDE = 3_500;
/** GitHub's time is to be kept below 45 s a user and minute; half of it is for looks and pulls. */
const GITHUB_MS_PER_MINUTE = 45_000;
const TIME_SHARE = 0.55;

/** How many repositories may be glanced at in a second, by points and by GitHub's time. */
export function checksPerSecond(budget: BudgetSize, checkMs: number): number {
  const byPoints = (pointsForChecks(budget) * CHECKS_PER_POINT) / HOUR_S;
  const byTime = (budget.users * GITHUB_MS_PER_MINUTE * TIME_SHARE) / 60 / checkMs;
  return Math.min(byPoints, byTime);
}

/**
 * How long a glance waits for company: `leastMs`, and longer while points are short or first histories wait
 * for them. One about few costs as much as one about a hundred.
 */
export function gatherMs(budget: BudgetSize, leastMs: number): number {
  const { isShared = false, leftShare = 1 } = budget;
  if (!isShared && leftShare >= 1) return leastMs;
  const byPointsMs = (HOUR_S * 1_000) / pointsForChecks(budget);
  const longMs = Math.max(leastMs, byPointsMs, isShared ? GATHER_MS_BESIDE : 0);
  return Math.min(longMs, GATHER_MS_MAX);
}

/** The less there is left, the smaller a part of it: what follows pushes cannot be slowed down. */
function pointsForChecks({ pointsPerHour, leftShare = 1, isShared = false }: BudgetSize): number {
  const left = Math.min(leftShare, 1);
  const share = POINTS_SHARE * left ** 2;
  const beside = POINTS_SHARE_BESIDE * left;
  return Math.max(1, pointsPerHour * (isShared ? Math.min(share, beside) : share));
}

/** Of GitHub's time: what looks at heads may take that nobody has a reason for but the time gone by. */
const LOOK_SHARE = 0.15;
/** While first histories wait for their points: each such look is a request beside a glance, for a few heads. */
const LONGER_BESIDE = 3;

/**
 * How long a rotation through all heads takes: the longest interval between two checks, and longer where
 * GitHub's time would not do. A head takes it many times as long as a glance does.
 */
export function lookPeriodMs(
  repositories: number,
  { users, isShared = false }: BudgetSize,
  lookMs: number,
  { maxMs }: IntervalBounds,
): number {
  const share = (users * GITHUB_MS_PER_MINUTE * LOOK_SHARE) / 60_000;
  const periodMs = Math.max(maxMs, (repositories * lookMs) / share);
  return isShared ? LONGER_BESIDE * periodMs : periodMs;
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
  /** Commits a second to expect; kept, with the reason, for the histogram of all. */
  readonly checkRate: number;
  readonly reason: "RATE" | "WATCHED";
}

export type ScheduleOf = (repository: Scheduled) => NextCheck;
