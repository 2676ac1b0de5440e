import { createAnswerTime, GLANCE_TIME, LOOK_TIME } from "../domain/answer-time.js";
import {
  type BudgetSize,
  checkIntervalMs,
  checksPerSecond,
  type IntervalBounds,
  lookPeriodMs,
  type Pace,
  type ScheduleOf,
  solvePace,
  WATCHED_WEIGHT,
} from "../domain/check-schedule.js";
import { ratePerSecond } from "../domain/commit-rate.js";
import type { Database } from "../postgres/database.js";
import { readBudgetSize } from "../store/budget/budget-size.js";
import { readRateHistogram } from "../store/work/schedule-store.js";

/** When to check what next: by the square-root rule, under the budget that there is for checks. */
export interface Scheduling {
  /** The rule as of now. Reads the histogram of all rates now and then, not each time. */
  current(): Promise<ScheduleOf>;
  /** How long GitHub took over a glance at so many, by which the pace is kept within its time. */
  observeGlance(repositories: number, tookMs: number): void;
  /** As of `current`: how long a rotation through all heads takes. */
  lookPeriodMs(): number;
  observeLook(repositories: number, tookMs: number): void;
}

const KEPT_MS = 30_000;

interface Known {
  readonly pace: Pace;
  readonly total: number;
  readonly budget: BudgetSize;
  readonly at: number;
}

export function createScheduling(
  { database, bounds }: { database: Database; bounds: IntervalBounds },
  now: () => number = Date.now,
): Scheduling {
  let known: Known | null = null;
  const glanceTime = createAnswerTime(GLANCE_TIME);
  const lookTime = createAnswerTime(LOOK_TIME);

  /** Under way for all who ask meanwhile. */
  let reading: Promise<Known> | null = null;

  async function readPace(): Promise<Pace> {
    if (known !== null && now() - known.at <= KEPT_MS) return known.pace;
    reading ??= read().finally(() => {
      reading = null;
    });
    return (await reading).pace;
  }

  async function read(): Promise<Known> {
    const [histogram, budget] = await Promise.all([
      readRateHistogram(database.primary),
      readBudgetSize(database.primary),
    ]);
    const affordable = checksPerSecond(budget, glanceTime.perRepositoryMs());
    const total = histogram.reduce((sum, { count }) => sum + count, 0);
    known = { pace: solvePace(histogram, affordable, bounds), total, budget, at: now() };
    return known;
  }

  return {
    async current() {
      const pace = await readPace();
      return ({ rateWeight, rateAt, lastCommitAt, createdAt, watchedUntil }) => {
        const at = new Date(now());
        const counted = { weight: rateWeight, at: rateAt };
        const checkRate = ratePerSecond(counted, lastCommitAt, createdAt, at);
        const isWatched = watchedUntil !== null && watchedUntil > at;
        const share = { rate: checkRate, weight: isWatched ? WATCHED_WEIGHT : 1 };
        const delayMs = checkIntervalMs(share, pace, bounds);
        return { delayMs, checkRate, reason: isWatched ? "WATCHED" : "RATE" };
      };
    },
    observeGlance: glanceTime.observe,
    lookPeriodMs() {
      if (known === null) return bounds.maxMs;
      return lookPeriodMs(known.total, known.budget, lookTime.perRepositoryMs(), bounds);
    },
    observeLook: lookTime.observe,
  };
}
