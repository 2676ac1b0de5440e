import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  accountAt,
  bookOutcome,
  NEW_ACCOUNT,
  NO_LIMITS,
  type Purpose,
  type RateAccount,
  type RequestOutcome,
} from "../../../src/domain/rate-account.js";
import { type BudgetState, closedUntil, decide } from "../../../src/domain/rate-budget.js";
import {
  GITHUB_PACE,
  liveWaitsUntil,
  type RecentRequests,
  type UnderWay,
} from "../../../src/domain/rate-pace.js";

const NOW = new Date(Date.UTC(2026, 0, 1, 12));
const later = (ms: number, from = NOW) => new Date(from.getTime() + ms);

const IDLE: RecentRequests = {
  underWay: [],
  lostCount: 0,
  begunCount: 0,
  firstBegunAt: null,
  endedMs: 0,
  firstEndedAt: null,
  eachMs: { live: 100, backfill: 100 },
  spreadUntil: null,
  liveWaitingUntil: null,
};
const UNKNOWN = { eachMs: { live: null, backfill: null } };
const underWay = (count: number, ageMs = 0, purpose: Purpose = "live"): UnderWay[] =>
  Array.from({ length: count }, () => ({ purpose, ageMs }));
const state = (given: Partial<BudgetState> = {}): BudgetState => ({
  ...NEW_ACCOUNT,
  resetAt: later(1_800_000),
  ...IDLE,
  ...given,
});
const live = (given: Partial<BudgetState>) => decide(state(given), "live", NOW);
const backfill = (given: Partial<BudgetState>) => decide(state(given), "backfill", NOW);

const time = fc.integer({ min: -7_200_000, max: 7_200_000 }).map((ms) => later(ms));
const anyState: fc.Arbitrary<BudgetState> = fc
  .record({
    limit: fc.integer({ min: 1, max: 15_000 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    resetAt: fc.option(time),
    pausedUntil: fc.option(time),
    refusals: fc.nat(20),
    spentLive: fc.nat(6_000),
    spentBackfill: fc.nat(6_000),
    spentLiveBefore: fc.nat(6_000),
    underWay: fc.array(
      fc.record({
        purpose: fc.constantFrom<Purpose>("live", "backfill"),
        ageMs: fc.nat(15_000),
      }),
      { maxLength: 12 },
    ),
    lostCount: fc.nat(3),
    begunCount: fc.nat(1_600),
    endedMs: fc.nat(60_000),
    liveMs: fc.option(fc.nat(15_000)),
    backfillMs: fc.option(fc.nat(15_000)),
    spreadMs: fc.option(fc.integer({ min: -60_000, max: 60_000 })),
    liveWaitingUntil: fc.option(time),
    ageMs: fc.nat(59_999),
  })
  .map(({ share, liveMs, backfillMs, spreadMs, ageMs, ...rest }) => ({
    ...rest,
    pauseReason: null,
    remaining: Math.round(share * rest.limit),
    eachMs: { live: liveMs, backfill: backfillMs },
    spreadUntil: spreadMs === null ? null : later(spreadMs),
    firstBegunAt: later(-ageMs),
    firstEndedAt: later(-ageMs),
  }));

describe("a decision about one more request", () => {
  it("sends nothing before the end of a pause, and goes on after it", () => {
    expect(live({ pausedUntil: later(1) })).toEqual({
      ...{ kind: "wait", until: later(1), reason: "paused" },
    });
    expect(live({ pausedUntil: NOW })).toEqual({ kind: "go" });
  });

  it("takes no more points than there are, those under way included, until the reset", () => {
    const wait = { kind: "wait", until: later(1_800_000), reason: "points" };
    expect(live({ remaining: 0 })).toEqual(wait);
    expect(live({ remaining: 3, underWay: underWay(2), lostCount: 1 })).toEqual(wait);
    expect(live({ remaining: 4, underWay: underWay(3) })).toEqual({ kind: "go" });
    expect(live({ remaining: 0, resetAt: NOW })).toEqual({ kind: "go" });
  });

  it("sends at most ten at once, whatever they are for", () => {
    for (const purpose of ["live", "backfill"] as const) {
      const ask = (given: Partial<BudgetState>) => decide(state(given), purpose, NOW);
      expect(ask({ underWay: underWay(9) })).toEqual({ kind: "go" });
      expect(ask({ underWay: underWay(8), lostCount: 1 })).toEqual({ kind: "go" });
      expect(ask({ underWay: underWay(10) })).toMatchObject({ kind: "wait", reason: "in-flight" });
      expect(ask({ underWay: underWay(9), lostCount: 1 })).toMatchObject({ reason: "in-flight" });
    }
  });

  it("sends at most 1,500 a minute, and names when the first of them is a minute old", () => {
    const full = { begunCount: 1_500, firstBegunAt: later(-20_000) };
    expect(live(full)).toEqual({ kind: "wait", until: later(40_000), reason: "requests" });
    expect(live({ begunCount: 1_499 })).toEqual({ kind: "go" });
  });

  it("takes at most 45 seconds of GitHub's time a minute, whatever for", () => {
    const used = (endedMs: number) => ({ endedMs, firstEndedAt: later(-30_000) });
    for (const purpose of ["live", "backfill"] as const) {
      const ask = (given: Partial<BudgetState>) => decide(state(given), purpose, NOW);
      expect(ask(used(44_900))).toEqual({ kind: "go" });
      expect(ask(used(44_901))).toEqual({ kind: "wait", until: later(30_000), reason: "time" });
    }
  });

  it("counts those under way as they are expected to end, each by its purpose", () => {
    const eachMs = { live: 400, backfill: 4_000 };
    const used = (endedMs: number, ...requests: UnderWay[]) =>
      live({ endedMs, eachMs, underWay: requests });
    const wait = { kind: "wait", reason: "time", until: later(100) };
    expect(used(44_200, ...underWay(1))).toEqual({ kind: "go" });
    expect(used(44_201, ...underWay(1))).toEqual(wait);
    // It has taken longer than most by now.
    expect(used(43_600, ...underWay(1, 1_000))).toEqual({ kind: "go" });
    expect(used(43_601, ...underWay(1, 1_000))).toEqual(wait);
    expect(used(40_600, ...underWay(1, 0, "backfill"))).toEqual({ kind: "go" });
    expect(used(40_601, ...underWay(1, 0, "backfill"))).toEqual(wait);
  });

  it("begins with few at once, as long as it is unknown what a request takes", () => {
    expect(live({ ...UNKNOWN, underWay: underWay(3) })).toEqual({ kind: "go" });
    expect(live({ ...UNKNOWN, underWay: underWay(4) })).toMatchObject({
      ...{ reason: "time", until: later(100) },
    });
    expect(backfill(UNKNOWN)).toEqual({ kind: "go" });
    expect(backfill({ ...UNKNOWN, underWay: underWay(1) })).toMatchObject({ reason: "time" });
    // What the other kind takes is better than nothing to go by.
    const known = { eachMs: { live: null, backfill: 500 } };
    expect(live({ ...known, underWay: underWay(9) })).toEqual({ kind: "go" });
  });

  it("spreads backfill evenly, two seconds ahead at most", () => {
    expect(backfill({ spreadUntil: later(2_000) })).toEqual({ kind: "go" });
    expect(backfill({ spreadUntil: later(5_000) })).toEqual({
      ...{ kind: "wait", reason: "time", until: later(3_000) },
    });
    expect(live({ spreadUntil: later(50_000) })).toEqual({ kind: "go" });
    // Those under way: 3 seconds of the time there is are 4 of the clock.
    const slow = { eachMs: { live: 100, backfill: 3_000 } };
    const one = (ageMs: number) => ({ ...slow, underWay: underWay(1, ageMs, "backfill") });
    expect(backfill(one(1_999))).toMatchObject({ reason: "time", until: later(100) });
    expect(backfill(one(2_000))).toEqual({ kind: "go" });
  });

  it("sends no backfill while live work waits", () => {
    const waiting = { liveWaitingUntil: later(700) };
    expect(backfill(waiting)).toEqual({ kind: "wait", until: later(700), reason: "live" });
    expect(live(waiting)).toEqual({ kind: "go" });
    expect(backfill({ liveWaitingUntil: NOW })).toEqual({ kind: "go" });
    // It is waited for a little longer than it was told to wait.
    const wait = (ms: number) => ({ reason: "time", until: later(ms) }) as const;
    expect(liveWaitsUntil(wait(100), NOW)).toEqual(later(1_600));
    expect(liveWaitsUntil(wait(40_000), NOW)).toEqual(later(6_500));
  });

  it("never waits into the past, and never sends where a rule forbids it", () => {
    fc.assert(
      fc.property(anyState, fc.constantFrom("live", "backfill"), (given, purpose) => {
        const decision = decide(given, purpose, NOW);
        if (decision.kind === "wait") {
          expect(decision.until.getTime()).toBeGreaterThan(NOW.getTime());
          return;
        }
        const { remaining, pausedUntil } = accountAt(given, NOW);
        expect(pausedUntil).toBeNull();
        const inFlight = given.underWay.length + given.lostCount;
        expect(remaining).toBeGreaterThan(inFlight);
        expect(inFlight).toBeLessThan(GITHUB_PACE.inFlightMax);
        expect(given.endedMs).toBeLessThanOrEqual(GITHUB_PACE.msPerMinuteMax);
        expect(given.begunCount).toBeLessThan(GITHUB_PACE.requestsPerMinuteMax);
      }),
      { numRuns: 2_000 },
    );
  });

  it("never sends backfill where it holds live work back", () => {
    fc.assert(
      fc.property(anyState, fc.nat(15_000), (some, ms) => {
        const given = { ...some, eachMs: { live: ms, backfill: ms } };
        if (decide(given, "backfill", NOW).kind === "go") {
          expect(decide(given, "live", NOW)).toEqual({ kind: "go" });
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("is the same about asking at all, pacing aside", () => {
    fc.assert(
      fc.property(anyState, fc.constantFrom<Purpose>("live", "backfill"), (given, purpose) => {
        const idle = { ...given, ...IDLE };
        const decision = decide(idle, purpose, NOW);
        expect(closedUntil(given, purpose, NOW) ?? { kind: "go" }).toEqual(decision);
      }),
    );
  });
});

describe("a user's account", () => {
  const resetAt = later(1_800_000);
  const answered = (remaining: number, given: Partial<RequestOutcome> = {}): RequestOutcome =>
    ({
      ...{ kind: "answered", purpose: "live", points: 1, isSuccess: true },
      limits: { limit: 5_000, remaining, resetAt },
      ...given,
    }) as RequestOutcome;
  const refused = (retryAt: Date | null): RequestOutcome => ({
    ...{ kind: "refused", limit: "secondary", retryAt, limits: NO_LIMITS },
  });
  const book = (outcomes: readonly RequestOutcome[], now = NOW, account = NEW_ACCOUNT) =>
    outcomes.reduce<RateAccount>((sum, outcome) => bookOutcome(sum, outcome, now), account);

  it("is the same in whatever order the answers of an hour come", () => {
    const remaining = fc.uniqueArray(fc.integer({ min: 0, max: 5_000 }), { minLength: 1 });
    const shuffled = remaining.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([sorted, mixed]) => {
        const account = book(mixed.map((left) => answered(left)));
        expect(account).toEqual(book(sorted.map((left) => answered(left))));
        expect(account.remaining).toBe(Math.min(...sorted));
        expect(account.spentLive).toBe(sorted.length);
      }),
    );
  });

  it("takes GitHub's numbers as they are when the limit is another within the hour", () => {
    const raised = { limit: 100_000, remaining: 99_990, resetAt };
    const before = book([answered(400, { purpose: "backfill" })]);
    expect(closedUntil(before, "backfill", NOW)).toMatchObject({ reason: "reserve" });
    const after = book([answered(0, { limits: raised })], NOW, before);
    expect(after).toMatchObject({ limit: 100_000, remaining: 99_990, resetAt });
    expect(closedUntil(after, "backfill", NOW)).toBeNull();
    // What overtakes within the new limit does not raise it again; a lower limit is believed as well.
    const overtaken = answered(0, { limits: { ...raised, remaining: 99_995 } });
    expect(book([overtaken], NOW, after).remaining).toBe(99_990);
    expect(book([answered(4_000)], NOW, after)).toMatchObject({ limit: 5_000, remaining: 4_000 });
  });

  it("of two tokens with limits of their own is that of the last answer, never a mixture", () => {
    const large = (remaining: number) => {
      return answered(0, { limits: { limit: 100_000, remaining, resetAt } });
    };
    const outcomes = [answered(4_000), large(90_000), answered(3_999), large(89_999)];
    const accounts = outcomes.map((_, index) => book(outcomes.slice(0, index + 1)));
    expect(accounts.map(({ limit, remaining }) => [limit, remaining])).toEqual([
      [5_000, 4_000],
      [100_000, 90_000],
      [5_000, 3_999],
      [100_000, 89_999],
    ]);
    for (const account of accounts) expect(closedUntil(account, "backfill", NOW)).toBeNull();
  });

  it("begins anew with a later reset, and keeps what live work took before", () => {
    const nextReset = later(3_600_000, resetAt);
    const next = answered(4_999, {
      purpose: "backfill",
      limits: { limit: 5_000, remaining: 4_999, resetAt: nextReset },
    });
    const account = book([answered(10), answered(9), next]);
    expect(account).toMatchObject({
      ...{
        remaining: 4_999,
        resetAt: nextReset,
        spentLive: 0,
        spentBackfill: 1,
        spentLiveBefore: 2,
      },
    });
    // An answer of the hour before that comes late is old news.
    expect(book([answered(0)], NOW, account)).toEqual(account);
  });

  it("is full again when its hour is over, for whoever reads it", () => {
    const account = book([answered(0)]);
    expect(accountAt(account, later(-1, resetAt)).remaining).toBe(0);
    expect(accountAt(account, resetAt)).toMatchObject({
      ...{ remaining: 5_000, resetAt: null, spentLive: 0, spentLiveBefore: 1 },
    });
  });

  it("keeps silent for longer from refusal to refusal without a time, to an hour", () => {
    let account = NEW_ACCOUNT;
    let now = NOW;
    const waits: number[] = [];
    for (let times = 0; times < 8; times += 1) {
      account = bookOutcome(account, refused(null), now);
      const until = account.pausedUntil ?? now;
      waits.push((until.getTime() - now.getTime()) / 60_000);
      now = until;
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    account = bookOutcome(account, answered(1), now);
    expect(account.refusals).toBe(0);
  });

  it("keeps silent for longer as well where the primary limit comes again without a time", () => {
    const primary = { ...refused(null), limit: "primary" } as RequestOutcome;
    const account = book([primary]);
    expect(account.pausedUntil).toEqual(later(60_000));
    expect(book([primary], later(60_000), account).pausedUntil).toEqual(later(180_000));
  });

  it("counts requests that are refused together once, and no success among them ends the pause", () => {
    const account = book([refused(null), refused(null), answered(4_000), refused(null)]);
    expect(account).toMatchObject({ refusals: 1, pausedUntil: later(60_000) });
  });

  it("never shortens a pause, and waits as long as GitHub says", () => {
    const account = book([refused(later(5_000)), refused(later(2_000))]);
    expect(account.pausedUntil).toEqual(later(5_000));
    expect(book([refused(later(9_000))], NOW, account).pausedUntil).toEqual(later(9_000));
  });

  it("is not touched by a request that got no answer", () => {
    expect(book([{ kind: "nothing" }])).toBe(NEW_ACCOUNT);
  });
});
