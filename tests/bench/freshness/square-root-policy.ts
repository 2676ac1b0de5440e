import {
  checkIntervalMs,
  type Pace,
  type RateBucket,
  solvePace,
} from "../../../src/domain/check-schedule.js";
import type { Random } from "../../../src/github-stand-in/seeded-random.js";
import type { Policy } from "./policy.js";

const BOUNDS = { minMs: 10_000, maxMs: 3_600_000 };
/** Sixty buckets from one commit in thirty years to one a second. */
const BUCKETS_A_DECADE = 6.667;
const RATE_DECADE_MIN = -9;

/** Commits a second to expect, and where they are learned from. */
export interface RateSource {
  readonly name: string;
  found(repository: number, dates: readonly number[], now: number): void;
  rate(repository: number, now: number): number;
}

/** The product's schedule (`domain/check-schedule.ts`), fed with a histogram as it will be. */
export function squareRootPolicy(
  source: RateSource,
  repositoryCount: number,
  random: Random,
): Policy {
  let pace: Pace = { floorMs: BOUNDS.maxMs, kappa: 0 };
  return {
    name: source.name,
    isBudgeted: true,
    found: source.found,
    retune(now, checksPerSecond) {
      pace = solvePace(histogram(source, repositoryCount, now), checksPerSecond, BOUNDS);
    },
    intervalMs: (repository, now) =>
      checkIntervalMs({ rate: source.rate(repository, now), weight: 1 }, pace, BOUNDS, random),
  };
}

function histogram(source: RateSource, repositoryCount: number, now: number): RateBucket[] {
  const sums: number[] = [];
  const counts: number[] = [];
  for (let repository = 0; repository < repositoryCount; repository += 1) {
    const rate = source.rate(repository, now);
    const bucket = Math.max(Math.floor((Math.log10(rate) - RATE_DECADE_MIN) * BUCKETS_A_DECADE), 0);
    sums[bucket] = (sums[bucket] ?? 0) + rate;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  return counts.flatMap((count, bucket) => [
    { rate: (sums[bucket] ?? 0) / count, weight: 1, count },
  ]);
}
