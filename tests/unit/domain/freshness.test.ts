import { describe, expect, it } from "vitest";
import { type Currency, freshnessOf } from "../../../src/domain/freshness.js";

const NOW = new Date("2026-01-01T12:00:00Z");
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000);

/** Complete at its head, glanced at ten seconds ago and looked at a minute before. */
const CURRENT: Currency = {
  ...{ id: 1, state: "ACTIVE", attempts: 0, isBehind: false, now: NOW },
  ...{ lastCheckedAt: ago(10), lookedAt: ago(70), pushedAt: ago(500), nextCheckAt: ago(-50) },
};

describe("a repository's freshness", () => {
  it("is since the last check that went well, whether it asked for the head or what was pushed", () => {
    expect(freshnessOf(CURRENT)).toEqual({
      ...{ isFresh: true, reason: null, lagSeconds: 10 },
      ...{ headCheckedAt: ago(10), nextCheckAt: ago(-50) },
    });
    const looked = freshnessOf({ ...CURRENT, lookedAt: ago(4) });
    expect(looked).toMatchObject({ isFresh: true, headCheckedAt: ago(4), lagSeconds: 4 });
  });

  it("lags since the push, while that is being fetched", () => {
    expect(freshnessOf({ ...CURRENT, isBehind: true, pushedAt: ago(30) })).toMatchObject({
      ...{ isFresh: false, reason: "FETCHING", lagSeconds: 30 },
    });
    expect(freshnessOf({ ...CURRENT, isBehind: true, pushedAt: null }).lagSeconds).toBe(10);
  });

  it("is not renewed by a check that failed", () => {
    expect(freshnessOf({ ...CURRENT, attempts: 2 })).toMatchObject({
      ...{ isFresh: false, reason: "CHECK_FAILED", headCheckedAt: ago(70), lagSeconds: 70 },
    });
  });

  it("is lost when a check is late, not while one is on its way", () => {
    expect(freshnessOf({ ...CURRENT, nextCheckAt: ago(20) }).isFresh).toBe(true);
    expect(freshnessOf({ ...CURRENT, nextCheckAt: ago(90) })).toMatchObject({
      ...{ isFresh: false, reason: "OVERDUE" },
    });
    expect(freshnessOf({ ...CURRENT, nextCheckAt: null }).isFresh).toBe(false);
  });

  it.each([
    ["PAUSED", "PAUSED", 10],
    ["UNAVAILABLE", "UNAVAILABLE", 10],
    ["FAILED", "GIVEN_UP", 10],
    ["PENDING", "FIRST_HISTORY", null],
    ["BACKFILLING", "FIRST_HISTORY", null],
    ["REMOVED", "REMOVED", null],
  ] as const)("is none while it is %s", (state, reason, lagSeconds) => {
    expect(freshnessOf({ ...CURRENT, state })).toMatchObject({
      isFresh: false,
      reason,
      lagSeconds,
    });
  });

  it("of one without commits is that of any other", () => {
    expect(freshnessOf({ ...CURRENT, state: "EMPTY" })).toMatchObject({ isFresh: true });
  });
});
