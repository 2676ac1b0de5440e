import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NEW_ACCOUNT, type RateAccount } from "../../../src/domain/rate-account.js";
import { closedUntil } from "../../../src/domain/rate-budget.js";
import { reserveMetAt, reserveOf } from "../../../src/domain/rate-reserve.js";

const MINUTE_MS = 60_000;
const LIMIT = 5_000;
const BEGIN = new Date(Date.UTC(2026, 0, 1, 12));
const minute = (minutes: number) => new Date(BEGIN.getTime() + minutes * MINUTE_MS);
const hour = (given: Partial<RateAccount> = {}): RateAccount => ({
  ...NEW_ACCOUNT,
  resetAt: minute(60),
  ...given,
});

interface Played {
  readonly liveMissed: number;
  readonly backfillSpent: number;
  /** Minutes of the first half hour in which backfill was refused. */
  readonly refused: number;
}

/** Of live work, what follows pushes; the rest are checks, which are paced by what is left. */
const PUSHED_SHARE = 0.4;
const CHECKS_SHARE = 0.58;

/**
 * An hour, half a second at a time: live work first, then as much backfill as it may and can. What live
 * work would take is given; missed is what follows pushes and finds nothing left.
 */
function play(
  livePerMinute: (minute: number) => number,
  backfillPerMinute: number,
  before = 0,
): Played {
  let account = hour({ spentLiveBefore: before });
  let owedLive = 0;
  let owedChecks = 0;
  let owedBackfill = 0;
  let liveMissed = 0;
  let refused = 0;
  for (let tick = 0; tick < 7_200; tick += 1) {
    const at = new Date(BEGIN.getTime() + tick * 500);
    const wished = livePerMinute(Math.floor(tick / 120)) / 120;
    const leftShare = Math.min(1, (account.remaining * 7_200) / (7_200 - tick) / LIMIT);
    const paced = (CHECKS_SHARE * LIMIT * leftShare ** 2) / 7_200;
    owedLive += PUSHED_SHARE * wished;
    owedChecks += Math.min((1 - PUSHED_SHARE) * wished, paced);
    for (; owedChecks >= 1 && account.remaining > 0; owedChecks -= 1) {
      account = spend(account, "spentLive");
    }
    for (; owedLive >= 1; owedLive -= 1) {
      if (account.remaining === 0) liveMissed += 1;
      else account = spend(account, "spentLive");
    }
    owedBackfill = Math.min(owedBackfill + backfillPerMinute / 120, backfillPerMinute);
    for (; owedBackfill >= 1; owedBackfill -= 1) {
      if (closedUntil(account, "backfill", at) !== null) {
        if (tick < 3_600) refused += 1 / 120;
        break;
      }
      account = spend(account, "spentBackfill");
    }
  }
  return { liveMissed, backfillSpent: account.spentBackfill, refused };
}

function spend(account: RateAccount, by: "spentLive" | "spentBackfill"): RateAccount {
  return { ...account, remaining: account.remaining - 1, [by]: account[by] + 1 };
}

describe("what is kept of an hour's points for live work", () => {
  it("is a tenth in any case, and up to half of seven more until the hour shows what it takes", () => {
    expect(reserveOf(hour(), BEGIN)).toBeCloseTo(2_250, 6);
    expect(reserveOf(hour(), minute(10))).toBeCloseTo(500 + (50 * 1_750) / 120, 6);
    expect(reserveOf(hour(), minute(60))).toBe(500);
    expect(reserveOf({ ...hour(), resetAt: null }, BEGIN)).toBeCloseTo(2_250, 6);
    // The most is no more than that, whatever live work takes.
    expect(reserveOf(hour({ spentLive: 60_000 }), minute(10))).toBe(2_250);
  });

  it("is no less than half of what the hour before took", () => {
    expect(reserveOf(hour({ spentLiveBefore: 3_000 }), minute(30))).toBe(500 + 750);
  });

  it("follows GitHub's limit", () => {
    expect(reserveOf(hour({ limit: 12_500 }), BEGIN)).toBeCloseTo(1_250 + 4_375, 6);
  });

  it.each([50, 200, 400])(
    "lets backfill go on after a burst of %i in the first minute",
    (burst) => {
      const quiet = (at: number) => (at === 0 ? burst : 3);
      // 45 seconds a minute, pages of half a second.
      const { refused, liveMissed } = play(quiet, 90);
      expect(refused).toBe(0);
      expect(liveMissed).toBe(0);
    },
  );

  it("leaves backfill all that live work does not take but a tenth", () => {
    const { backfillSpent } = play(() => 5, 450);
    expect(backfillSpent).toBeGreaterThan(LIMIT - 500 - 300 - 100);
  });

  it("never lets what follows pushes run dry that go on as they began, however fast backfill is", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 62 }),
        fc.integer({ min: 10, max: 1_500 }),
        fc.integer({ min: 0, max: 3_700 }),
        (live, backfill, before) => {
          expect(play(() => live, backfill, before).liveMissed).toBe(0);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("lets pushes double half way through the hour, when the hour before was like that", () => {
    const { liveMissed } = play((at) => (at < 30 ? 25 : 50), 450, 2_300);
    expect(liveMissed).toBe(0);
  });

  it("is met when it says so, and not long before", () => {
    fc.assert(
      fc.property(
        fc.record({
          remaining: fc.nat(4_000),
          spentLive: fc.nat(4_000),
          spentLiveBefore: fc.nat(4_000),
        }),
        fc.double({ min: 0, max: 60, noNaN: true }),
        (given, at) => {
          const account = hour(given);
          const now = minute(at);
          fc.pre(account.remaining > 0 && closedUntil(account, "backfill", now) !== null);
          const metAt = reserveMetAt(account, account.remaining, now);
          if (metAt < minute(60)) {
            expect(account.remaining).toBeGreaterThan(reserveOf(account, metAt));
          }
          const earlier = new Date(metAt.getTime() - 1_000);
          if (earlier > now) {
            expect(account.remaining).toBeLessThanOrEqual(reserveOf(account, earlier) + 1e-6);
          }
        },
      ),
    );
  });
});
