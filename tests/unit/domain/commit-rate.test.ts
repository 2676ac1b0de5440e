import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CommitRate, observe, ratePerSecond } from "../../../src/domain/commit-rate.js";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
const now = new Date("2026-01-01T00:00:00Z");
const ago = (ms: number) => new Date(now.getTime() - ms);
const start: CommitRate = { weight: 0, at: ago(200 * DAY) };
const created = start.at;
/** Commits a day that the count alone expects: the newest commit is old. */
const perDay = (rate: CommitRate) => ratePerSecond(rate, created, created, now) * 86_400;
const ages = fc.array(fc.integer({ min: -DAY, max: 100 * DAY }), { maxLength: 40 });

describe("the commit rate", () => {
  it("is learned from commits seen one by one, and from a first history of the same dates", () => {
    for (const spacing of [0.5 * HOUR, 6 * HOUR, DAY]) {
      const dates = Array.from({ length: Math.floor((100 * DAY) / spacing) }, (_, index) =>
        ago(100 * DAY - index * spacing),
      );
      let live = start;
      for (const date of dates) live = observe(live, [date], date);
      const backfilled = observe(start, dates, now);
      expect(perDay(live) / (DAY / spacing)).toBeGreaterThan(0.9);
      expect(perDay(live) / (DAY / spacing)).toBeLessThan(1.1);
      expect(perDay(backfilled) / perDay(live)).toBeCloseTo(1, 1);
    }
  });

  it("forgets: a thirty-seventh of it is left after fifty days", () => {
    const rate = observe(start, [now, ago(HOUR), ago(2 * HOUR)], now);
    const later = observe(rate, [], new Date(now.getTime() + 50.5 * DAY));
    expect(rate.weight / later.weight).toBeCloseTo(Math.exp(50.5 / 14), 5);
  });

  it("takes a push of a hundred commits for less than six", () => {
    const push = Array.from({ length: 100 }, () => ago(5 * SECOND));
    expect(observe(start, push, now).weight).toBeLessThan(6);
  });

  it("takes an import of ten thousand commits of today for about ten", () => {
    const rewritten = Array.from({ length: 10_000 }, (_, index) => ago(index * 30));
    expect(observe(start, rewritten, now).weight).toBeLessThan(15);
  });

  it("counts nothing that is old", () => {
    const old = Array.from({ length: 10_000 }, (_, index) => ago(71 * DAY + index * HOUR));
    expect(observe(start, old, now).weight).toBe(0);
  });

  it("is not moved by the order of the dates, and never lowered by a commit", () => {
    fc.assert(
      fc.property(ages, fc.integer({ min: -DAY, max: 100 * DAY }), (all, another) => {
        const dates = all.map(ago);
        const rate = observe(start, dates, now);
        expect(observe(start, dates.toReversed(), now).weight).toBeCloseTo(rate.weight, 9);
        const more = observe(start, [...dates, ago(another)], now);
        expect(more.weight).toBeGreaterThanOrEqual(rate.weight - 1e-9);
        expect(rate.weight).toBeLessThanOrEqual(dates.length);
      }),
    );
  });

  it("counts a date in the future as now, and never goes back in time", () => {
    const future = observe(start, [new Date("2099-01-01")], now);
    expect(future).toEqual(observe(start, [now], now));
    expect(observe(future, [], ago(DAY))).toEqual(future);
  });

  it("counts no date that is none", () => {
    expect(observe(start, [new Date(Number.NaN)], now).weight).toBe(0);
  });
});

describe("commits to expect a second", () => {
  it("stay above zero and at most one in ten seconds, and never rise by waiting", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e7, noNaN: true }),
        fc.option(fc.integer({ min: -DAY, max: 4_000 * DAY })),
        fc.integer({ min: 0, max: 1_000 * DAY }),
        (weight, age, waited) => {
          const rate = { weight, at: now };
          const last = age === null ? null : ago(age);
          const first = ratePerSecond(rate, last, created, now);
          const later = ratePerSecond(rate, last, created, new Date(now.getTime() + waited));
          expect(first).toBeLessThanOrEqual(0.1);
          expect(later).toBeLessThanOrEqual(first);
          expect(later).toBeGreaterThan(0);
        },
      ),
    );
  });

  it("are more just after a commit", () => {
    const rate = observe(start, [ago(HOUR)], now);
    const fresh = ratePerSecond(rate, ago(HOUR), created, now);
    expect(fresh / ratePerSecond(rate, ago(10 * DAY), created, now)).toBeGreaterThan(5);
  });

  it("rise at once by a single commit, however long the silence: as if fifty a day were usual", () => {
    fc.assert(
      fc.property(fc.integer({ min: 30, max: 2_000 }), (silentDays) => {
        const asleep = { weight: 0, at: ago(silentDays * DAY) };
        const quiet = ratePerSecond(asleep, asleep.at, asleep.at, now);
        const woken = ratePerSecond(observe(asleep, [now], now), now, asleep.at, now);
        expect(quiet * 86_400).toBeLessThan(0.02);
        expect(woken * 86_400).toBeGreaterThan(50);
      }),
    );
  });

  it("follow the age of a repository without commits", () => {
    const rate = { weight: 0, at: created };
    const later = (ms: number) =>
      ratePerSecond(rate, null, created, new Date(created.getTime() + ms));
    expect(later(DAY)).toBeCloseTo(0.5 / 86_400, 12);
    expect(later(10 * DAY)).toBeCloseTo(0.05 / 86_400, 12);
    expect(later(1_000 * DAY)).toBeCloseTo(0.0005 / 86_400, 14);
  });

  it("are not held up by a commit dated in the future", () => {
    const rate = observe(start, [new Date("2099-01-01")], now);
    const later = new Date(now.getTime() + 400 * DAY);
    const future = ratePerSecond(rate, new Date("2099-01-01"), created, later);
    expect(future).toBe(ratePerSecond(rate, now, created, later));
  });
});
