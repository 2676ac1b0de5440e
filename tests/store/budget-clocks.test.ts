import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NO_LIMITS, type RequestOutcome } from "../../src/domain/rate-account.js";
import { createBudgetStore } from "../../src/store/budget/budget-store.js";
import { toDatabaseClock, toOurClock } from "../../src/store/budget/database-clock.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
/** What statements may take on a busy machine. */
const SLACK_MS = 5 * SECOND_MS;

describe("times of a budget, by two clocks", () => {
  const at = (ms: number) => new Date(1_800_000_000_000 + ms);
  const reading = (beforeMs: number, databaseMs: number, afterMs: number) => ({
    beforeMs: at(beforeMs).getTime(),
    databaseMs: at(databaseMs).getTime(),
    afterMs: at(afterMs).getTime(),
  });

  it("are the same as long as the clocks may agree", () => {
    for (const one of [reading(0, 0, 0), reading(0, 20, 50), reading(0, 51, 50)]) {
      expect(toDatabaseClock(at(700), one)).toEqual(at(700));
      expect(toOurClock(at(700), one)).toEqual(at(700));
    }
  });

  it("are turned into the other clock and back, and never come early", () => {
    const ahead = reading(0, 180_000, 40);
    expect(toDatabaseClock(at(700), ahead)).toEqual(at(180_700));
    expect(toOurClock(at(180_700), ahead)).toEqual(at(740));
    const behind = reading(0, -180_000, 40);
    expect(toDatabaseClock(at(700), behind)).toEqual(at(-179_300));
    expect(toOurClock(at(-179_300), behind)).toEqual(at(740));
  });
});

describe.each([
  ["three minutes ahead of ours", -3 * MINUTE_MS],
  ["three minutes behind ours", 3 * MINUTE_MS],
])("a ledger whose database has a clock that is %s", (_what, oursAheadMs) => {
  const USER = { userId: 7n, login: "octocat" };
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterAll(() => test?.[Symbol.asyncDispose]());
  const now = () => Date.now() + oursAheadMs;
  const ledger = () =>
    createBudgetStore({ database: test.database, requestTimeoutMs: 15_000, now });

  /** Settles one request so, and tells what the next one is told. */
  async function afterwards(outcome: RequestOutcome) {
    await test.database.primary.rateBudget.deleteMany();
    await ledger().register(USER, ["cafe"], NO_LIMITS);
    const acquired = await ledger().acquire(USER.userId, "live");
    if (!acquired.granted) throw new Error(acquired.reason);
    const account = await ledger().settle(acquired.requestId, outcome);
    return { account, next: await ledger().acquire(USER.userId, "live") };
  }
  const expectAbout = (time: Date | null | undefined, expectedMs: number) => {
    const lateMs = (time?.getTime() ?? 0) - expectedMs;
    expect(lateMs).toBeGreaterThanOrEqual(-2);
    expect(lateMs).toBeLessThanOrEqual(SLACK_MS);
  };
  const spent = (resetAt: Date): RequestOutcome => ({
    ...{ kind: "answered", purpose: "live", points: 1, isSuccess: true },
    limits: { limit: 5_000, remaining: 0, resetAt },
  });

  it("sends nothing before GitHub's reset, and names it by our clock", async () => {
    const resetMs = now() + MINUTE_MS;
    const { account, next } = await afterwards(spent(new Date(resetMs)));
    expectAbout(account?.resetAt, resetMs);
    expect(next).toMatchObject({ granted: false, reason: "points" });
    if (!next.granted) expectAbout(next.until, resetMs);
    const [known] = await ledger().knownUsers(["cafe"]);
    expectAbout(known?.account.resetAt, resetMs);
    const limits = { limit: 5_000, remaining: 0, resetAt: new Date(resetMs) };
    expectAbout((await ledger().register(USER, [], limits)).resetAt, resetMs);
  });

  it("goes on after the reset", async () => {
    const { next } = await afterwards(spent(new Date(now() - 1)));
    expect(next).toMatchObject({ granted: true, account: { remaining: 5_000 } });
  });

  it("pauses as long as GitHub said, and tells until when by our clock", async () => {
    const retryMs = now() + MINUTE_MS;
    const { next } = await afterwards({
      ...{ kind: "refused", limit: "secondary", limits: NO_LIMITS },
      retryAt: new Date(retryMs),
    });
    expect(next).toMatchObject({ granted: false, reason: "paused" });
    if (!next.granted) expectAbout(next.until, retryMs);
  });
});
