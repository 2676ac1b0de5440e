import { describe, expect, it } from "vitest";
import { countOf } from "../../../src/web/text/numbers.js";
import { duration, relativeTime } from "../../../src/web/text/times.js";

const NOW = Date.parse("2026-06-01T12:00:00Z");

describe("what the page says", () => {
  it.each([
    ["2026-06-01T11:59:57Z", "just now"],
    ["2026-06-01T12:00:03Z", "now"],
    ["2026-06-01T11:59:15Z", "45 sec. ago"],
    ["2026-06-01T11:00:30Z", "59 min. ago"],
    ["2026-06-01T14:00:00Z", "in 2 hr."],
    ["2026-05-30T12:00:00Z", "2 days ago"],
    ["2020-05-30T12:00:00Z", "6 yr. ago"],
  ])("says when %s was", (iso, text) => {
    expect(relativeTime(iso, NOW)).toBe(text);
  });

  it.each([
    [0.2, "0 s"],
    [89, "89 s"],
    [90, "2 min"],
    [3_600, "1 h"],
    [12_000, "3 h 20 min"],
    [187_200, "2 d 4 h"],
  ])("says how long %d seconds are", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it("counts one and many, and says where counting stopped", () => {
    expect(countOf(1, "commit")).toBe("1 commit");
    expect(countOf(10_000, "commit", { isExact: false })).toBe("10,000+ commits");
    expect(countOf(2, "repository", { plural: "repositories" })).toBe("2 repositories");
  });
});
