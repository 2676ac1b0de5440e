import { describe, expect, it } from "vitest";
import { progressCounts } from "../../../src/web/parts/progress-counts.js";

const coming = (
  commitCount: number,
  expectedCount: number | null,
  done: number,
  left: number | null,
) =>
  progressCounts({
    commitCount,
    completeness: { expectedCount },
    backfill: { doneCount: done, leftCount: left },
  });

describe("how far a history is", () => {
  it("does not go back when git begins again with what the API has brought", () => {
    expect(coming(900, 6_000, 900, 5_100)).toEqual({ done: 900, total: 6_000 });
    expect(coming(900, 6_000, 0, null)).toEqual({ done: 900, total: 6_000 });
    expect(coming(900, 6_000, 0, 6_000)).toEqual({ done: 900, total: 6_000 });
    expect(coming(2_000, 6_000, 2_000, 4_000)).toEqual({ done: 2_000, total: 6_000 });
  });

  it("tells of what is missing alone where only that comes in", () => {
    expect(coming(50_000, null, 100, 300)).toEqual({ done: 100, total: 400 });
  });

  it("has no total before anybody has counted", () => {
    expect(coming(300, null, 0, null)).toEqual({ done: 300, total: null });
  });
});
