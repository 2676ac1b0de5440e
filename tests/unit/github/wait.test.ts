import { describe, expect, it } from "vitest";
import { mustWait, type Wait } from "../../../src/github/wait.js";

describe("a wait that is passed on", () => {
  const until = new Date("2026-01-01T00:00:00Z");
  const wait: Wait = { until, reason: "paused", pauseReason: "secondary" };
  const retryAt = (random: number) => mustWait(wait, () => random).details.retryAt;

  it("ends at different moments within five seconds for those who wait for the same, and never early", () => {
    expect(retryAt(0)).toEqual(until);
    const latest = retryAt(0.999_999);
    expect(latest?.getTime()).toBeGreaterThan(until.getTime() + 4_000);
    expect(latest?.getTime()).toBeLessThan(until.getTime() + 5_000);
  });
});
