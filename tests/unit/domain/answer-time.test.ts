import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAnswerTime, GLANCE_TIME } from "../../../src/domain/answer-time.js";
import { checksPerSecond } from "../../../src/domain/check-schedule.js";

const BUDGET = { users: 1, pointsPerHour: 5_000 };
const ASSUMED = createAnswerTime(GLANCE_TIME).perRepositoryMs();

describe("what a glance takes of GitHub's time", () => {
  it("follows full glances, slower and faster", () => {
    const time = createAnswerTime(GLANCE_TIME);
    for (let glance = 0; glance < 100; glance += 1) time.observe(100, 2_000);
    expect(time.perRepositoryMs()).toBeCloseTo(20, 0);
    for (let glance = 0; glance < 100; glance += 1) time.observe(100, 300);
    expect(time.perRepositoryMs()).toBeCloseTo(3, 0);
  });

  it("is not raised by small glances, which are mostly the way", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9 }), fc.nat(60_000), (repositories, tookMs) => {
        const time = createAnswerTime(GLANCE_TIME);
        time.observe(repositories, tookMs);
        expect(time.perRepositoryMs()).toBeLessThanOrEqual(ASSUMED);
      }),
    );
  });

  it("comes down after a slow hour by glances at a few, so that few repositories do not stay slow", () => {
    const time = createAnswerTime(GLANCE_TIME);
    for (let glance = 0; glance < 60; glance += 1) time.observe(30, 30_000);
    expect(checksPerSecond(BUDGET, time.perRepositoryMs())).toBeLessThan(1);
    for (let glance = 0; glance < 100; glance += 1) time.observe(4, 170);
    expect(checksPerSecond(BUDGET, time.perRepositoryMs())).toBeGreaterThan(30 / 10);
  });

  it("keeps glances within a good half of 45 seconds a minute, however slow GitHub is", () => {
    for (const slowMs of [5, 20, 100, 300]) {
      const time = createAnswerTime(GLANCE_TIME);
      for (let glance = 0; glance < 200; glance += 1) time.observe(100, 100 * slowMs);
      const spentMs = checksPerSecond(BUDGET, time.perRepositoryMs()) * 60 * slowMs;
      expect(spentMs).toBeLessThan(25_000);
      expect(spentMs).toBeGreaterThan(22_000);
    }
  });
});
