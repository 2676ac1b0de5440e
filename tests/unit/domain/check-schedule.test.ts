import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkIntervalMs, type RateBucket, solvePace } from "../../../src/domain/check-schedule.js";

const bounds = { minMs: 10_000, maxMs: 3_600_000 };
const middle = () => 0.5; // no jitter
const DAY = 86_400;

/** From one commit in five years to one in ten seconds, evenly in the logarithm. */
const rate = fc
  .double({ min: Math.log(6e-9), max: Math.log(0.1), noNaN: true })
  .map((log) => Math.exp(log));
const rates = fc.array(rate, { minLength: 1, maxLength: 60 });
const each = (all: readonly number[]): RateBucket[] => all.map((one) => ({ rate: one, count: 1 }));

function checksPerSecond(all: readonly number[], pace: number): number {
  return all.reduce((sum, one) => sum + 1_000 / checkIntervalMs(one, pace, bounds, middle), 0);
}

/** Repository i has `busiest` / i commits a day. */
const zipf = (count: number, busiest: number) =>
  Array.from({ length: count }, (_, index) => busiest / (index + 1) / DAY);

/** What the database hands over: buckets of equal ratio, with the mean rate of each. */
function histogram(all: readonly number[], bucketCount = 60): RateBucket[] {
  const low = Math.log(1e-9);
  const width = (Math.log(1) - low) / bucketCount;
  const buckets = Array.from({ length: bucketCount + 1 }, () => ({ sum: 0, count: 0 }));
  for (const one of all) {
    const bucket = buckets[Math.floor((Math.log(one) - low) / width)];
    if (bucket === undefined) throw new RangeError(`${one}`);
    bucket.sum += one;
    bucket.count += 1;
  }
  return buckets
    .filter(({ count }) => count > 0)
    .map(({ sum, count }) => ({ rate: sum / count, count }));
}

describe("the pace", () => {
  it("spends the budget to 1 %, and never more", () => {
    fc.assert(
      fc.property(rates, fc.double({ min: -4, max: 2, noNaN: true }), (all, log) => {
        const budget = all.length * 10 ** log;
        const spent = checksPerSecond(all, solvePace(each(all), budget, bounds));
        expect(spent).toBeLessThanOrEqual(budget * 1.0001); // intervals are whole milliseconds
        const everything = (all.length * 1_000) / bounds.minMs;
        expect(spent).toBeGreaterThanOrEqual(Math.min(budget, everything) * 0.99);
      }),
    );
  });

  it("falls as the budget grows, rises as repositories are added or become busier", () => {
    fc.assert(
      fc.property(
        rates,
        rate,
        fc.double({ min: 0.001, max: 0.1, noNaN: true }),
        (all, one, mean) => {
          const budget = all.length * mean;
          const pace = solvePace(each(all), budget, bounds);
          expect(solvePace(each(all), budget * 1.5, bounds)).toBeLessThanOrEqual(pace * 1.000001);
          const more = solvePace(each([...all, one]), budget, bounds);
          expect(more).toBeGreaterThanOrEqual(pace * 0.999999);
          const busier = all.map((slow) => slow * 2);
          expect(solvePace(each(busier), budget, bounds)).toBeGreaterThanOrEqual(pace * 0.999999);
        },
      ),
    );
  });

  it("does not depend on the order of the buckets, nor on how they are cut", () => {
    fc.assert(
      fc.property(rates, fc.infiniteStream(fc.nat()), (all, keys) => {
        const budget = all.length / 100;
        const pace = solvePace(each(all), budget, bounds);
        const shuffled = all
          .map((one) => ({ one, key: keys.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one);
        expect(solvePace(each(shuffled), budget, bounds)).toBeCloseTo(pace, 6);
        const halves = each(all).flatMap(({ rate }) => [
          { rate, count: 0.5 },
          { rate, count: 0.5 },
          { rate: 0.01, count: 0 },
        ]);
        expect(solvePace(halves, budget, bounds)).toBeCloseTo(pace, 6);
      }),
    );
  });

  it("is good to 0.5 % with sixty buckets for ten thousand repositories, on the frugal side", () => {
    for (const perSecond of [4, 20, 80, 400]) {
      const all = zipf(10_000, 1_000);
      const spent = checksPerSecond(all, solvePace(histogram(all), perSecond, bounds));
      expect(spent / perSecond).toBeGreaterThan(0.995);
      expect(spent / perSecond).toBeLessThan(1.0005);
    }
  });

  it("makes the mean delay of a commit what the square-root law promises", () => {
    const all = zipf(10_000, 1_000);
    const free = { minMs: 1, maxMs: 1e12 };
    const pace = solvePace(each(all), 80, free);
    const sum = (value: (one: number) => number) =>
      all.reduce((total, one) => total + value(one), 0);
    const mean =
      sum((one) => (one * checkIntervalMs(one, pace, free, middle)) / 2_000) / sum((one) => one);
    expect(mean).toBeCloseTo(sum(Math.sqrt) ** 2 / (2 * 80 * sum((one) => one)), 1);
  });

  it("is zero when every repository can have the shortest interval", () => {
    expect(solvePace([{ rate: 1e-6, count: 100 }], 10, bounds)).toBe(0);
    expect(solvePace([], 1, bounds)).toBe(0);
  });

  it("has no answer for a budget of nothing", () => {
    expect(() => solvePace([{ rate: 1, count: 1 }], 0, bounds)).toThrow(RangeError);
  });
});

describe("the time to the next check", () => {
  it("keeps the bounds, but for 5 % of jitter", () => {
    fc.assert(
      fc.property(rate, fc.double({ min: 0, max: 10_000, noNaN: true }), (one, pace) => {
        const shortest = checkIntervalMs(one, pace, bounds, () => 0);
        const longest = checkIntervalMs(one, pace, bounds, () => 1);
        expect(shortest).toBeGreaterThanOrEqual(bounds.minMs * 0.95);
        expect(longest).toBeLessThanOrEqual(bounds.maxMs * 1.05);
        expect(longest - shortest).toBeLessThanOrEqual(0.1 * longest);
      }),
    );
  });

  it("is never longer for a busier repository, and halves with four times the urgency", () => {
    fc.assert(
      fc.property(rate, rate, fc.double({ min: 0, max: 1e7, noNaN: true }), (one, other, pace) => {
        const [slow, fast] = one < other ? [one, other] : [other, one];
        expect(checkIntervalMs(fast, pace, bounds, middle)).toBeLessThanOrEqual(
          checkIntervalMs(slow, pace, bounds, middle),
        );
      }),
    );
    const pace = 60_000 * Math.sqrt(1 / DAY);
    expect(checkIntervalMs(1 / DAY, pace, bounds, middle)).toBe(60_000);
    expect(checkIntervalMs(4 / DAY, pace, bounds, middle)).toBe(30_000);
  });

  it("passes the longest interval only where the budget leaves no choice", () => {
    const all = zipf(10_000, 1_000);
    const longestAt = (perSecond: number) =>
      checkIntervalMs(all.at(-1) ?? 0, solvePace(each(all), perSecond, bounds), bounds, middle);
    expect(longestAt(3.1)).toBe(bounds.maxMs);
    expect(longestAt(1)).toBeGreaterThan(bounds.maxMs);
    expect(checksPerSecond(all, solvePace(each(all), 1, bounds))).toBeCloseTo(1, 3);
    const busiest = checkIntervalMs(all[0] ?? 0, solvePace(each(all), 1, bounds), bounds, middle);
    expect(busiest).toBeLessThan(bounds.maxMs / 5);
  });
});
