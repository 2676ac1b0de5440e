import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checksPerSecond as affordable,
  checkIntervalMs,
  gatherMs,
  lookPeriodMs,
  type Pace,
  type RateBucket,
  type Share,
  solvePace,
  WATCHED_WEIGHT,
} from "../../../src/domain/check-schedule.js";
import { observe, ratePerSecond } from "../../../src/domain/commit-rate.js";

const bounds = { minMs: 10_000, maxMs: 3_600_000 };
const DAY = 86_400;

/** From one commit in five years to one in ten seconds, evenly in the logarithm. */
const rate = fc
  .double({ min: Math.log(6e-9), max: Math.log(0.1), noNaN: true })
  .map((log) => Math.exp(log));
const share = fc.record({ rate, weight: fc.constantFrom(1, 1, 1, WATCHED_WEIGHT) });
const shares = fc.array(share, { minLength: 1, maxLength: 60 });
/** Checks a second for each repository: one in three hours to a hundred. */
const mean = fc.double({ min: -4, max: 2, noNaN: true }).map((log) => 10 ** log);
const each = (all: readonly Share[]): RateBucket[] => all.map((one) => ({ ...one, count: 1 }));

const middle = (one: Share, pace: Pace, within = bounds) =>
  checkIntervalMs(one, pace, within, () => 0.5); // no jitter

function checksPerSecond(all: readonly Share[], pace: Pace): number {
  return all.reduce((sum, one) => sum + 1_000 / middle(one, pace), 0);
}

const unwatched = (one: number): Share => ({ rate: one, weight: 1 });

/** Repository i has `busiest` / i commits a day. */
const zipf = (count: number, busiest: number) =>
  Array.from({ length: count }, (_, index) => unwatched(busiest / (index + 1) / DAY));

/** What the database hands over: buckets of equal ratio, with the mean rate of each. */
function histogram(all: readonly Share[], bucketCount = 60): RateBucket[] {
  const low = Math.log(1e-9);
  const width = (Math.log(1) - low) / bucketCount;
  const buckets = Array.from({ length: bucketCount + 1 }, () => ({ sum: 0, count: 0 }));
  for (const one of all) {
    const bucket = buckets[Math.floor((Math.log(one.rate) - low) / width)];
    if (bucket === undefined) throw new RangeError(`${one.rate}`);
    bucket.sum += one.rate;
    bucket.count += 1;
  }
  return buckets
    .filter(({ count }) => count > 0)
    .map(({ sum, count }) => ({ rate: sum / count, weight: 1, count }));
}

describe("the pace", () => {
  it("spends the budget to 1 %, and never more", () => {
    fc.assert(
      fc.property(shares, mean, (all, perRepository) => {
        const budget = all.length * perRepository;
        const spent = checksPerSecond(all, solvePace(each(all), budget, bounds));
        expect(spent).toBeLessThanOrEqual(budget * 1.0001); // intervals are whole milliseconds
        const everything = (all.length * 1_000) / bounds.minMs;
        expect(spent).toBeGreaterThanOrEqual(Math.min(budget, everything) * 0.99);
      }),
    );
  });

  it("lets nobody wait longer than two fifths of the checks afford for all, however busy the others", () => {
    fc.assert(
      fc.property(shares, mean, (all, perRepository) => {
        const budget = all.length * perRepository;
        const pace = solvePace(each(all), budget, bounds);
        const weights = all.reduce((sum, { weight }) => sum + weight, 0);
        const affordedMs = Math.max((weights * 1_000) / (0.4 * budget), bounds.minMs);
        for (const one of all) expect(middle(one, pace)).toBeLessThanOrEqual(affordedMs + 1);
      }),
    );
  });

  it("keeps the longest interval while four fifths of the checks carry it", () => {
    fc.assert(
      fc.property(shares, mean, (all, perRepository) => {
        const weights = all.reduce((sum, { weight }) => sum + weight, 0);
        const budget = Math.max(perRepository * all.length, weights / 3_600 / 0.8);
        const pace = solvePace(each(all), budget, bounds);
        for (const one of all) expect(middle(one, pace)).toBeLessThanOrEqual(bounds.maxMs + 1);
      }),
    );
  });

  it("shares what the floor leaves by the square root of the rates", () => {
    fc.assert(
      fc.property(shares, rate, mean, (all, other, perRepository) => {
        const pace = solvePace(each(all), all.length * perRepository, bounds);
        const free = { minMs: 0, maxMs: bounds.maxMs };
        const beyond = (one: number) =>
          1 / checkIntervalMs(unwatched(one), pace, free, () => 0.5) - 1 / pace.floorMs;
        const [first] = all;
        // In whole milliseconds, of intervals that these do not blur.
        fc.pre(pace.kappa > 0 && first !== undefined);
        const slow = Math.min(first?.rate ?? other, other);
        const fast = Math.max(first?.rate ?? other, other);
        const roundedTo = 1 / (checkIntervalMs(unwatched(fast), pace, free, () => 0.5) - 1) ** 2;
        fc.pre(beyond(slow) > 1_000 * roundedTo);
        expect(beyond(fast) / beyond(slow) / Math.sqrt(fast / slow)).toBeCloseTo(1, 1);
      }),
    );
  });

  it("makes nobody wait longer for more checks, nor shorter for another repository or a busier one", () => {
    fc.assert(
      fc.property(shares, share, mean, (all, another, perRepository) => {
        const budget = all.length * perRepository;
        const pace = solvePace(each(all), budget, bounds);
        const richer = solvePace(each(all), budget * 1.5, bounds);
        const fuller = solvePace(each([...all, another]), budget, bounds);
        const busier = all.map((one) => ({ ...one, rate: one.rate * 2 }));
        const harder = solvePace(each(busier), budget, bounds);
        for (const one of all) {
          expect(middle(one, richer)).toBeLessThanOrEqual(middle(one, pace) + 1);
          expect(middle(one, fuller)).toBeGreaterThanOrEqual(middle(one, pace) - 1);
          expect(middle(one, harder)).toBeGreaterThanOrEqual(middle(one, pace) - 1);
        }
      }),
    );
  });

  it("does not depend on the order of the buckets, nor on how they are cut", () => {
    fc.assert(
      fc.property(shares, fc.infiniteStream(fc.nat()), (all, keys) => {
        const budget = all.length / 100;
        const pace = solvePace(each(all), budget, bounds);
        const shuffled = all
          .map((one) => ({ one, key: keys.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one);
        expect(solvePace(each(shuffled), budget, bounds).kappa).toBeCloseTo(pace.kappa, 6);
        const halves = each(all).flatMap((one) => [
          { ...one, count: 0.5 },
          { ...one, count: 0.5 },
          { ...one, rate: 0.01, count: 0 },
        ]);
        expect(solvePace(halves, budget, bounds).kappa).toBeCloseTo(pace.kappa, 6);
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

  it("makes the mean delay of a commit at most what the square-root law promises for what the floor leaves", () => {
    const all = zipf(10_000, 1_000);
    const free = { minMs: 1, maxMs: 1e12 };
    const pace = solvePace(each(all), 80, free);
    const sum = (value: (one: number) => number) =>
      all.reduce((total, one) => total + value(one.rate), 0);
    const mean =
      sum((one) => (one * middle(unwatched(one), pace, free)) / 2_000) / sum((one) => one);
    const law = (budget: number) => sum(Math.sqrt) ** 2 / (2 * budget * sum((one) => one));
    expect(mean).toBeLessThan(law(0.6 * 80));
    expect(mean).toBeGreaterThan(law(80));
  });

  it("is the shortest interval for all when the budget has it, be there one repository or none", () => {
    for (const all of [[], [unwatched(1e-6)], [{ rate: 0.1, weight: WATCHED_WEIGHT }]]) {
      const pace = solvePace(each(all), 10, bounds);
      expect(middle(unwatched(1e-9), pace)).toBe(bounds.minMs);
      expect(middle({ rate: 0.1, weight: WATCHED_WEIGHT }, pace)).toBe(bounds.minMs);
    }
    const hundred = solvePace([{ rate: 1e-6, weight: 1, count: 100 }], 10, bounds);
    expect(middle(unwatched(1e-6), hundred)).toBe(bounds.minMs);
  });

  it("has no answer for a budget of nothing", () => {
    expect(() => solvePace([{ rate: 1, weight: 1, count: 1 }], 0, bounds)).toThrow(RangeError);
  });
});

describe("the time to the next check", () => {
  it("keeps the bounds, but for 5 % of jitter", () => {
    fc.assert(
      fc.property(share, shares, mean, (one, all, perRepository) => {
        const budget = Math.max(all.length * perRepository, all.length / 500);
        const pace = solvePace(each(all), budget, bounds);
        const shortest = checkIntervalMs(one, pace, bounds, () => 0);
        const longest = checkIntervalMs(one, pace, bounds, () => 1);
        expect(shortest).toBeGreaterThanOrEqual(bounds.minMs * 0.95);
        expect(longest).toBeLessThanOrEqual(bounds.maxMs * 1.05);
        expect(longest - shortest).toBeLessThanOrEqual(0.1 * longest);
      }),
    );
  });

  it("is never longer for a busier repository, nor for a weightier one", () => {
    fc.assert(
      fc.property(shares, rate, rate, mean, (all, one, other, perRepository) => {
        const pace = solvePace(each(all), all.length * perRepository, bounds);
        const [slow, fast] = one < other ? [one, other] : [other, one];
        expect(middle(unwatched(fast), pace)).toBeLessThanOrEqual(middle(unwatched(slow), pace));
        const watched = middle({ rate: slow, weight: WATCHED_WEIGHT }, pace);
        const expected = Math.max(middle(unwatched(slow), pace) / WATCHED_WEIGHT, bounds.minMs);
        expect(Math.abs(watched - expected)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("passes the longest interval only where the budget leaves no choice", () => {
    const all = zipf(10_000, 1_000);
    const at = (rank: number, perSecond: number) =>
      middle(all.at(rank) ?? unwatched(1), solvePace(each(all), perSecond, bounds));
    expect(at(-1, 3.5)).toBeLessThanOrEqual(bounds.maxMs);
    expect(at(-1, 1)).toBeGreaterThan(bounds.maxMs);
    expect(checksPerSecond(all, solvePace(each(all), 1, bounds))).toBeCloseTo(1, 3);
    expect(at(0, 1)).toBeLessThan(at(-1, 1) / 5);
  });
});

describe("a commit after a long silence", () => {
  const all = zipf(10_000, 1_000);
  const pace = solvePace(histogram(all), 80, bounds);
  const HOUR_MS = 3_600_000;

  it("brings the next checks within seconds, however long the silence was", () => {
    const silence = fc.integer({ min: 30, max: 2_000 });
    const late = fc.integer({ min: 0, max: 10 }); // minutes from the commit's date until it was seen
    fc.assert(
      fc.property(silence, late, (silentDays, lateMinutes) => {
        const now = new Date("2026-01-01T00:00:00Z");
        const ago = (ms: number) => new Date(now.getTime() - ms);
        const created = ago(silentDays * DAY * 1_000);
        const wokenAt = ago(lateMinutes * 60_000);
        const asleep = { weight: 0, at: created };
        const woken = observe(asleep, [wokenAt], now);
        const intervalAfter = (ms: number) => {
          const at = new Date(now.getTime() + ms);
          return middle(unwatched(ratePerSecond(woken, wokenAt, created, at)), pace);
        };
        const asleepMs = middle(unwatched(ratePerSecond(asleep, created, created, now)), pace);
        expect(asleepMs).toBeGreaterThan(200_000);
        expect(intervalAfter(0)).toBeLessThan(20_000);
        expect(intervalAfter(HOUR_MS)).toBeLessThan(60_000);
        expect(intervalAfter(12 * HOUR_MS)).toBeLessThan(125_000); // that of fixed polling
      }),
    );
  });
});

describe("the pace of checks", () => {
  const size = { users: 1, pointsPerHour: 5_000 };
  const AT_LEAST_MS = 2_000;

  it("is as ever while nothing is short and nothing waits", () => {
    expect(gatherMs({ ...size, leftShare: 1, isShared: false }, AT_LEAST_MS)).toBe(AT_LEAST_MS);
    expect(affordable({ ...size, leftShare: 1, isShared: false }, 0.001)).toBe(
      affordable(size, 0.001),
    );
  });

  it("falls with what is left of the hour, and faster: what follows pushes cannot wait", () => {
    const share = fc.double({ min: 0.01, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, fc.boolean(), (leftShare, isShared) => {
        const left = { ...size, leftShare, isShared };
        const full = affordable({ ...size, isShared }, 0.001);
        expect(affordable(left, 0.001)).toBeLessThanOrEqual(full * leftShare + 1e-9);
        // Glances about few, one at each turn, take no more points than checks may.
        const turnMs = gatherMs(left, AT_LEAST_MS);
        const isCapped = turnMs >= 10_000;
        const points = affordable(left, 0.001) / 100;
        if (!isCapped) expect(1_000 / turnMs).toBeLessThanOrEqual(points * (1 + 1e-9));
        expect(turnMs).toBeGreaterThanOrEqual(isShared ? 3_500 : AT_LEAST_MS);
        expect(turnMs).toBeLessThanOrEqual(10_000);
      }),
    );
  });
});

describe("the rotation through all heads", () => {
  const size = fc.record({
    users: fc.integer({ min: 1, max: 20 }),
    pointsPerHour: fc.constant(5_000),
  });

  it("takes a small part of GitHub's time, whatever the longest interval is", () => {
    const repositories = fc.integer({ min: 1, max: 100_000 });
    const lookMs = fc.integer({ min: 1, max: 500 });
    const maxMs = fc.integer({ min: 1_000, max: 3_600_000 });
    fc.assert(
      fc.property(repositories, size, lookMs, maxMs, (count, budget, eachMs, longestMs) => {
        const periodMs = lookPeriodMs(count, budget, eachMs, { minMs: 1_000, maxMs: longestMs });
        expect(periodMs).toBeGreaterThanOrEqual(longestMs);
        const takenMsPerMinute = (count * eachMs * 60_000) / periodMs;
        expect(takenMsPerMinute).toBeLessThanOrEqual(budget.users * 45_000 * 0.15 + 1e-6);
      }),
    );
  });

  it("is done within the longest interval where that is affordable", () => {
    const periodMs = lookPeriodMs(1_000, { users: 1, pointsPerHour: 5_000 }, 75, bounds);
    expect(periodMs).toBe(bounds.maxMs);
  });

  it("takes three times as long while first histories wait for the points of its requests", () => {
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 10_000 }), (budget, count) => {
        const alone = lookPeriodMs(count, budget, 20, bounds);
        expect(lookPeriodMs(count, { ...budget, isShared: true }, 20, bounds)).toBe(3 * alone);
      }),
    );
  });
});
