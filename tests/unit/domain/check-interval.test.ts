import { describe, expect, it } from "vitest";
import { checkIntervalMs, retryDelayMs } from "../../../src/domain/check-interval.js";
import { paceFor } from "../../../src/worker/check-pace.js";

const bounds = { checkIntervalMsMin: 10_000, checkIntervalMsMax: 3_600_000 };
const middle = () => 0.5; // no jitter

describe("the time to the next check", () => {
  it("is half of the quiet time, within the bounds", () => {
    expect(checkIntervalMs(0, bounds, middle)).toBe(10_000);
    expect(checkIntervalMs(60_000, bounds, middle)).toBe(30_000);
    expect(checkIntervalMs(365 * 86_400_000, bounds, middle)).toBe(3_600_000);
    expect(checkIntervalMs(-5_000, bounds, middle)).toBe(10_000);
  });

  it("spreads repositories that were added together", () => {
    const spread = [0, 0.999].map((random) => checkIntervalMs(60_000, bounds, () => random));
    expect(spread).toEqual([28_500, 31_497]);
  });

  it("is never longer than a round over all repositories takes", () => {
    expect(paceFor(3, bounds).checkIntervalMsMax).toBe(10_000);
    expect(paceFor(450, bounds).checkIntervalMsMax).toBe(60_000);
    expect(paceFor(1_000_000, bounds).checkIntervalMsMax).toBe(3_600_000);
  });

  it("doubles from failure to failure, to a day for a repository that GitHub does not show", () => {
    const delays = [1, 2, 3, 4, 30].map((attempts) =>
      retryDelayMs(attempts, false, bounds, middle),
    );
    expect(delays).toEqual([10_000, 20_000, 40_000, 80_000, 3_600_000]);
    expect(retryDelayMs(30, true, bounds, middle)).toBe(86_400_000);
  });
});
