import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPushSeen } from "../../../src/domain/push-time.js";

const pushedMs = Date.UTC(2026, 0, 1);
const at = (ms: number) => new Date(pushedMs + ms);

/** How old the push is at each look, when it is glanced at so often for an hour. */
function looksOf(everyMs: number, firstLookMs: number): number[] {
  const looks = [firstLookMs];
  for (let ms = firstLookMs + everyMs; ms < 3_600_000; ms += everyMs) {
    const last = { pushedAt: at(0), lookedAt: at(looks.at(-1) ?? 0) };
    if (!isPushSeen(last, at(0), pushedMs + ms)) looks.push(ms);
  }
  return looks;
}

describe("a push that a head was looked at with", () => {
  it("is looked at again a few times until it is a minute old, however often it is glanced at", () => {
    const everyMs = fc.integer({ min: 50, max: 30_000 });
    const firstLookMs = fc.integer({ min: 0, max: 120_000 });
    fc.assert(
      fc.property(everyMs, firstLookMs, (every, first) => {
        const looks = looksOf(every, first);
        expect(looks.length).toBeLessThanOrEqual(first >= 60_000 ? 1 : 7);
        // The head shows it a minute later at most; the last look was after that.
        expect(looks.at(-1)).toBeGreaterThanOrEqual(60_000);
        expect(looks.at(-1)).toBeLessThan(Math.max(first, 180_000) + every);
      }),
    );
  });

  it("is seen again at once when GitHub tells of another, earlier or later", () => {
    const last = { pushedAt: at(0), lookedAt: at(300_000) };
    expect(isPushSeen(last, at(0), pushedMs + 400_000)).toBe(true);
    expect(isPushSeen(last, at(1_000), pushedMs + 400_000)).toBe(false);
    expect(isPushSeen(last, at(-1_000), pushedMs + 400_000)).toBe(false);
    expect(isPushSeen(last, null, pushedMs + 400_000)).toBe(false);
    expect(isPushSeen({ ...last, pushedAt: null }, null, pushedMs)).toBe(true);
  });
});
