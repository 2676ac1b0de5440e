import { type CommitRate, observe, ratePerSecond } from "../../../src/domain/commit-rate.js";
import type { LastCommitAt } from "./policy.js";
import type { RateSource } from "./square-root-policy.js";
import type { World } from "./world.js";

const nothing = () => undefined;

/** The product's estimate (`domain/commit-rate.ts`), learned from what the checks bring. */
export function learnedRates({ repositories, period }: World, last: LastCommitAt): RateSource {
  const created = new Date(period.startAt);
  const lastDates = repositories.map(() => created);
  let clock = created;
  const rates: CommitRate[] = repositories.map(() => ({ weight: 0, at: created }));
  return {
    name: "ours",
    found(repository, dates, now) {
      const rate = rates[repository] ?? { weight: 0, at: created };
      const landed = dates.map((date) => new Date(date));
      rates[repository] = observe(rate, landed, new Date(now));
      lastDates[repository] = new Date(last[repository] ?? now);
    },
    rate(repository, now) {
      const rate = rates[repository] ?? { weight: 0, at: created };
      if (clock.getTime() !== now) clock = new Date(now);
      return ratePerSecond(rate, lastDates[repository] ?? created, created, clock);
    },
  };
}

/** Knows the true rate of each repository. */
export function trueRates({ repositories }: World): RateSource {
  const rates = Float64Array.from(repositories, ({ trueRate }) => trueRate);
  return { name: "oracle", found: nothing, rate: (repository) => rates[repository] ?? 0 };
}

/** Knows the true rate and also the repository's own day, night and weekend; nothing is checked for certain. */
export function hourlyRates({ repositories }: World): RateSource {
  const least = 1e-9;
  return {
    name: "oracle of the hour",
    found: nothing,
    rate(repository, now) {
      const one = repositories[repository];
      return one === undefined ? least : Math.max(one.trueRate * one.busyness(now), least);
    },
  };
}
