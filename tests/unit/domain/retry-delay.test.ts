import { describe, expect, it } from "vitest";
import { retryDelayMs } from "../../../src/domain/retry-delay.js";

const bounds = { minMs: 10_000, maxMs: 3_600_000 };
const middle = () => 0.5; // no jitter

describe("the time to the next attempt", () => {
  it("doubles from failure to failure, to a day for a repository that GitHub does not show", () => {
    const delays = [1, 2, 3, 4, 30].map((attempts) =>
      retryDelayMs(attempts, false, bounds, middle),
    );
    expect(delays).toEqual([10_000, 20_000, 40_000, 80_000, 3_600_000]);
    expect(retryDelayMs(30, true, bounds, middle)).toBe(86_400_000);
  });
});
