import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { relativeTime, zonedTime } from "../../../src/cli/terminal/time-text.js";

const NOW = Date.UTC(2026, 0, 31, 12);
const [S, MIN, H, D, Y] = [1e3, 6e4, 36e5, 864e5, 31_557_600e3];

describe("a time", () => {
  it.each([
    [0, "now"],
    [0.9 * S, "now"],
    [1 * S, "1 s ago"],
    [89 * S, "89 s ago"],
    [90 * S, "1 min ago"],
    [89 * MIN, "89 min ago"],
    [90 * MIN, "1 h ago"],
    [47 * H, "47 h ago"],
    [2 * D, "2 d ago"],
    [700 * D, "700 d ago"],
    [3 * Y, "3 y ago"],
    [-5 * S, "in 5 s"],
    [-2 * H, "in 2 h"],
  ])("of %i milliseconds before now is `%s`", (ms, text) => {
    expect(relativeTime(new Date(NOW - ms), NOW)).toBe(text);
  });

  it.each(["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia"])(
    "is told in the zone %s as `date` tells it",
    (zone) => {
      const before = process.env.TZ;
      process.env.TZ = zone;
      try {
        for (const seconds of [0, 1_500_000_000, 1_711_846_800, 1_769_860_800, 4_000_000_000]) {
          const date = execFileSync("date", ["-d", `@${seconds}`, "--rfc-3339=seconds"]);
          expect(zonedTime(new Date(seconds * 1_000))).toBe(date.toString().trim());
        }
      } finally {
        process.env.TZ = before;
      }
    },
  );
});
