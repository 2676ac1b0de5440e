import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  accountAt,
  bookOutcome,
  NEW_ACCOUNT,
  NO_LIMITS,
  type RateAccount,
  type RequestOutcome,
} from "../../../src/domain/rate-account.js";
import {
  type BudgetState,
  decide,
  GITHUB_PACE,
  type RecentRequests,
  reserveOf,
} from "../../../src/domain/rate-budget.js";

const NOW = new Date(Date.UTC(2026, 0, 1, 12));
const later = (ms: number, from = NOW) => new Date(from.getTime() + ms);

const IDLE: RecentRequests = {
  inFlight: 0,
  requestsLastMinute: 0,
  gitHubMsLastMinute: 0,
  gitHubMsInFlight: 0,
  gitHubMsEach: 100,
  firstBegunAt: null,
  firstEndedAt: null,
};
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
    inFlight: fc.nat(12),
    requestsLastMinute: fc.nat(1_600),
    endedMs: fc.nat(60_000),
    gitHubMsInFlight: fc.nat(60_000),
    gitHubMsEach: fc.option(fc.nat(15_000)),
    ageMs: fc.nat(59_999),
  })
  .map(({ share, endedMs, ageMs, ...rest }) => ({
    ...rest,
    pauseReason: null,
    remaining: Math.round(share * rest.limit),
    gitHubMsLastMinute: endedMs + rest.gitHubMsInFlight,
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
    expect(live({ remaining: 3, inFlight: 3 })).toEqual(wait);
    expect(live({ remaining: 4, inFlight: 3 })).toEqual({ kind: "go" });
    expect(live({ remaining: 0, resetAt: NOW })).toEqual({ kind: "go" });
  });

  it("sends at most ten at once, five of them when backfill is the last", () => {
    expect(live({ inFlight: 9 })).toEqual({ kind: "go" });
    expect(live({ inFlight: 10 })).toMatchObject({ kind: "wait", reason: "in-flight" });
    expect(backfill({ inFlight: 4 })).toEqual({ kind: "go" });
    expect(backfill({ inFlight: 5 })).toMatchObject({ kind: "wait", reason: "in-flight" });
  });

  it("sends at most 1,500 a minute, and names when the first of them is a minute old", () => {
    const full = { requestsLastMinute: 1_500, firstBegunAt: later(-20_000) };
    expect(live(full)).toEqual({ kind: "wait", until: later(40_000), reason: "requests" });
    expect(live({ requestsLastMinute: 1_499 })).toEqual({ kind: "go" });
  });

  it("takes at most 45 seconds of GitHub's time a minute, backfill 27", () => {
    const used = (ms: number) => ({ gitHubMsLastMinute: ms, firstEndedAt: later(-30_000) });
    expect(live(used(44_900))).toEqual({ kind: "go" });
    expect(live(used(44_901))).toEqual({ kind: "wait", until: later(30_000), reason: "time" });
    expect(backfill(used(26_900))).toEqual({ kind: "go" });
    expect(backfill(used(26_901))).toMatchObject({ kind: "wait", reason: "time" });
  });

  it("begins with few at once, as long as it is unknown what a request takes", () => {
    const unknown = { gitHubMsEach: null };
    expect(live({ ...unknown, inFlight: 3 })).toEqual({ kind: "go" });
    expect(live({ ...unknown, inFlight: 4 })).toMatchObject({ reason: "time", until: later(100) });
    expect(backfill({ ...unknown, inFlight: 1 })).toEqual({ kind: "go" });
    expect(backfill({ ...unknown, inFlight: 2 })).toMatchObject({ reason: "time" });
  });

  it("keeps a tenth from backfill, and what live work needs until the reset", () => {
    expect(backfill({ remaining: 501 })).toEqual({ kind: "go" });
    expect(backfill({ remaining: 500 })).toMatchObject({ kind: "wait", reason: "reserve" });
    // 1,000 in this half hour: as many in the other half.
    expect(backfill({ spentLive: 1_000, remaining: 1_501 })).toEqual({ kind: "go" });
    expect(backfill({ spentLive: 1_000, remaining: 1_500 })).toMatchObject({ reason: "reserve" });
    // As in the hour before, though it has not begun in this one.
    expect(backfill({ spentLiveBefore: 2_000, remaining: 1_500 })).toMatchObject({
      reason: "reserve",
    });
    // A fifth of the hour is backfill's, whatever live work needs.
    expect(backfill({ spentLive: 60_000, remaining: 4_001 })).toEqual({ kind: "go" });
    expect(live({ spentLive: 1_000, remaining: 1 })).toEqual({ kind: "go" });
  });

  it("names when the reserve has come down to what is left", () => {
    const given = { spentLive: 1_000, remaining: 1_000 };
    const decision = backfill(given);
    if (decision.kind === "go") throw new Error("went");
    expect(decision.until).toEqual(later(900_000)); // half of what live work needed is past then
    const then = state(given);
    expect(reserveOf({ ...then, spentLive: 1_500 }, decision.until)).toBeCloseTo(1_000);
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
        expect(remaining).toBeGreaterThan(given.inFlight);
        const max = purpose === "live" ? GITHUB_PACE : GITHUB_PACE.backfill;
        expect(given.inFlight).toBeLessThan(max.inFlightMax);
        expect(given.gitHubMsLastMinute).toBeLessThanOrEqual(max.msPerMinuteMax);
        expect(given.requestsLastMinute).toBeLessThan(GITHUB_PACE.requestsPerMinuteMax);
      }),
      { numRuns: 2_000 },
    );
  });

  it("never sends backfill where it holds live work back", () => {
    fc.assert(
      fc.property(anyState, (given) => {
        if (decide(given, "backfill", NOW).kind === "go") {
          expect(decide(given, "live", NOW)).toEqual({ kind: "go" });
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("keeps to 45 seconds of GitHub's time in any minute, as long as requests take about the same", () => {
    const slow = fc.integer({ min: 100, max: 10_000 });
    fc.assert(
      fc.property(slow, fc.infiniteStream(fc.double({ min: 0.8, max: 1.2, noNaN: true })), run),
      { numRuns: 15 },
    );
    function run(typicalMs: number, jitter: fc.Stream<number>) {
      const sent: { begunMs: number; endedMs: number }[] = [];
      for (let nowMs = 0; nowMs < 130_000; nowMs += 100) {
        for (;;) {
          if (decide(stateOf(sent, nowMs), "live", later(nowMs)).kind === "wait") break;
          const takes = Math.round(typicalMs * (jitter.next().value ?? 1));
          sent.push({ begunMs: nowMs, endedMs: nowMs + takes });
        }
      }
      for (const { endedMs } of sent) {
        const inMinute = sent.filter(
          (one) => one.endedMs > endedMs - 60_000 && one.endedMs <= endedMs,
        );
        const took = inMinute.reduce((sum, one) => sum + one.endedMs - one.begunMs, 0);
        expect(took).toBeLessThanOrEqual(45_000 * 1.2);
        expect(inMinute.length).toBeLessThanOrEqual(1_510);
      }
      expect(sent.length).toBeGreaterThan(6);
    }
    function stateOf(sent: readonly { begunMs: number; endedMs: number }[], nowMs: number) {
      const recent = sent.filter(({ begunMs }) => begunMs > nowMs - 120_000);
      const open = recent.filter(({ endedMs }) => endedMs > nowMs);
      const ended = recent.filter(({ endedMs }) => endedMs <= nowMs);
      const lately = ended.filter(({ endedMs }) => endedMs > nowMs - 60_000);
      const begun = recent.filter(({ begunMs }) => begunMs > nowMs - 60_000);
      const took = (all: typeof ended) => all.reduce((sum, o) => sum + o.endedMs - o.begunMs, 0);
      const inFlightMs = open.reduce((sum, { begunMs }) => sum + nowMs - begunMs, 0);
      return state({
        remaining: 1_000_000,
        limit: 1_000_000,
        inFlight: open.length,
        requestsLastMinute: begun.length,
        gitHubMsLastMinute: took(lately) + inFlightMs,
        gitHubMsInFlight: inFlightMs,
        gitHubMsEach: ended.length === 0 ? null : took(ended) / ended.length,
        firstBegunAt: begun[0] === undefined ? null : later(begun[0].begunMs),
        firstEndedAt:
          lately.length === 0 ? null : later(Math.min(...lately.map(({ endedMs }) => endedMs))),
        resetAt: later(3_600_000),
      });
    }
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
