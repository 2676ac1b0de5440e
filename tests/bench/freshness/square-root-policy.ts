import { checkIntervalMs, type RateBucket, solvePace } from "../../../src/domain/check-schedule.js";
import type { Policy } from "./policy.js";
import type { Random } from "./random.js";

const BOUNDS = { minMs: 10_000, maxMs: 3_600_000 };
const BUCKETS_A_DECADE = 7;

/** Commits a second to expect, and where they are learned from. */
export interface RateSource {
  readonly name: string;
  found(repository: number, dates: readonly number[], now: number): void;
  rate(repository: number, now: number): number;
}

/** The product's schedule (`domain/check-schedule.ts`), fed with a histogram once a minute as it will be. */
export function squareRootPolicy(
  source: RateSource,
  repositoryCount: number,
  checksPerSecond: number,
  random: Random,
): Policy {
  let pace = 0;
  return {
    name: source.name,
    isBudgeted: true,
    found: source.found,
    retune(now) {
      pace = solvePace(histogram(source, repositoryCount, now), checksPerSecond, BOUNDS);
    },
    intervalMs: (repository, now) =>
      checkIntervalMs(source.rate(repository, now), pace, BOUNDS, random),
  };
}

function histogram(source: RateSource, repositoryCount: number, now: number): RateBucket[] {
  const sums = new Map<number, { sum: number; count: number }>();
  for (let repository = 0; repository < repositoryCount; repository += 1) {
    const rate = source.rate(repository, now);
    const key = Math.floor(Math.log10(rate) * BUCKETS_A_DECADE);
    const bucket = sums.get(key) ?? { sum: 0, count: 0 };
    bucket.sum += rate;
    bucket.count += 1;
    sums.set(key, bucket);
  }
  return [...sums.values()].map(({ sum, count }) => ({ rate: sum / count, count }));
}
