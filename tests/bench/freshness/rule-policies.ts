import type { Random } from "../../../src/github-stand-in/seeded-random.js";
import type { LastCommitAt, Policy } from "./policy.js";
import { DAY } from "./world.js";

const JITTER = 0.1;
const BUCKETS_A_DECADE = 50;

/** A published rule: an interval from the age of the newest commit, within bounds. */
export interface AgeRule {
  readonly name: string;
  readonly minMs: number;
  readonly maxMs: number;
  intervalMs(ageMs: number): number;
}

/** Sourcegraph: half of the age. */
export const sourcegraph: AgeRule = {
  name: "Sourcegraph",
  minMs: 45_000,
  maxMs: 8 * 3_600_000,
  intervalMs: (ageMs) => ageMs / 2,
};

/** Phabricator: a second for ten minutes of quiet up to three days, then one for four. */
export const phabricator: AgeRule = {
  name: "Phabricator",
  minMs: 15_000,
  maxMs: 6 * 3_600_000,
  intervalMs: (ageMs) => (ageMs < 3 * DAY ? ageMs / 600 : ageMs / 240),
};

/** The rule as published; on a budget, its interval times one factor for all, bounds kept. */
export function rulePolicy(
  rule: AgeRule,
  last: LastCommitAt,
  isBudgeted: boolean,
  random: Random,
): Policy {
  let factor = 1;
  const interval = (ageMs: number, by: number) =>
    Math.min(Math.max(by * rule.intervalMs(ageMs), rule.minMs), rule.maxMs);
  return {
    name: isBudgeted ? `${rule.name} scaled` : `${rule.name} as published`,
    isBudgeted,
    found: () => undefined,
    retune(now, checksPerSecond) {
      if (!isBudgeted) return;
      const ages = agesOf(last, now);
      let low = 1e-6;
      let high = 1e6;
      for (let halving = 0; halving < 40; halving += 1) {
        const middle = Math.sqrt(low * high);
        let spent = 0;
        for (const [ageMs, count] of ages) spent += (count * 1_000) / interval(ageMs, middle);
        if (spent > checksPerSecond) low = middle;
        else high = middle;
      }
      factor = high;
    },
    intervalMs: (repository, now) =>
      jittered(interval(now - (last[repository] ?? now), factor), random),
  };
}

/** The same interval for all. */
export function fixedPolicy(count: number, random: Random): Policy {
  let interval = 0;
  return {
    name: "fixed",
    isBudgeted: true,
    found: () => undefined,
    retune(_now, checksPerSecond) {
      interval = (count * 1_000) / checksPerSecond;
    },
    intervalMs: () => jittered(interval, random),
  };
}

/** Ages in milliseconds, and how many repositories have about that age. */
function agesOf(last: LastCommitAt, now: number): (readonly [number, number])[] {
  const counts: number[] = [];
  for (const at of last) {
    const step = Math.round(Math.log10(Math.max(now - at, 1)) * BUCKETS_A_DECADE);
    counts[step] = (counts[step] ?? 0) + 1;
  }
  return counts.flatMap((count, step) => [[10 ** (step / BUCKETS_A_DECADE), count] as const]);
}

function jittered(ms: number, random: Random): number {
  return ms * (1 + JITTER * (random() - 0.5));
}
