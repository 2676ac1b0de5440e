import {
  checkIntervalMs,
  checksPerSecond,
  type IntervalBounds,
  type Pace,
  type ScheduleOf,
  solvePace,
  WATCHED_WEIGHT,
} from "../domain/check-schedule.js";
import { ratePerSecond } from "../domain/commit-rate.js";
import { createGlanceTime } from "../domain/glance-time.js";
import type { Database } from "../postgres/database.js";
import { readBudgetSize } from "../store/budget/budget-size.js";
import { readRateHistogram } from "../store/work/schedule-store.js";

/** When to check what next: by the square-root rule, under the budget that there is for checks. */
export interface Scheduling {
  readonly bounds: IntervalBounds;
  /** The rule as of now. Reads the histogram of all rates now and then, not each time. */
  current(): Promise<ScheduleOf>;
  /** How long GitHub took over a glance at so many, by which the pace is kept within its time. */
  observeGlance(repositories: number, tookMs: number): void;
}

const KEPT_MS = 30_000;

export function createScheduling(
  { database, bounds }: { database: Database; bounds: IntervalBounds },
  now: () => number = Date.now,
): Scheduling {
  let known: { pace: Pace; at: number } | null = null;
  const glanceTime = createGlanceTime();

  async function readPace(): Promise<Pace> {
    if (known === null || now() - known.at > KEPT_MS) {
      const [histogram, budget] = await Promise.all([
        readRateHistogram(database.primary),
        readBudgetSize(database.primary),
      ]);
      const affordable = checksPerSecond(budget, glanceTime.perRepositoryMs());
      known = { pace: solvePace(histogram, affordable, bounds), at: now() };
    }
    return known.pace;
  }

  return {
    bounds,
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
  };
}
