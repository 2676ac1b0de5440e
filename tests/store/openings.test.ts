import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { NO_LIMITS, type RequestOutcome } from "../../src/domain/rate-account.js";
import { type BudgetLedger, NOBODY } from "../../src/github/budget-ledger.js";
import { createBudgetStore } from "../../src/store/budget/budget-store.js";
import { readOpenings } from "../../src/store/budget/openings.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const ONE = { userId: 1n, login: "one" };
const OTHER = { userId: 2n, login: "other" };

describe("whether anybody may ask GitHub", () => {
  let test: TestDatabase;
  let ledger: BudgetLedger;
  beforeAll(async () => {
    test = await createTestDatabase();
    ledger = createBudgetStore({ database: test.database, requestTimeoutMs: 15_000 });
  });
  afterAll(() => test?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    await test.database.primary.rateBudget.deleteMany();
    await test.database.primary.gitHubRequest.deleteMany();
    await ledger.register(NOBODY, [], NO_LIMITS);
  });

  const openings = () => test.database.transaction((tx) => readOpenings(tx));
  const settle = async (user: typeof ONE, outcome: RequestOutcome) => {
    await ledger.register(user, [], NO_LIMITS);
    const acquired = await ledger.acquire(user.userId, "live");
    if (!acquired.granted) throw new Error(acquired.reason);
    await ledger.settle(acquired.requestId, outcome, 0);
  };
  const inAMinute = () => new Date(Date.now() + 60_000);
  const paused = (): RequestOutcome => ({
    ...{ kind: "refused", limit: "secondary", retryAt: inAMinute(), limits: NO_LIMITS },
  });
  const left = (remaining: number, resetAt = inAMinute()): RequestOutcome => ({
    ...{ kind: "answered", purpose: "live", points: 1, isSuccess: true },
    limits: { limit: 5_000, remaining, resetAt },
  });

  it("is true as long as no user is known, whoever's a token is asked by", async () => {
    expect(await openings()).toEqual({ live: true, backfill: true });
  });

  it("is false while the only user was told to wait, or has no points", async () => {
    await settle(ONE, paused());
    expect(await openings()).toEqual({ live: false, backfill: false });
    await settle(OTHER, left(0));
    expect(await openings()).toEqual({ live: false, backfill: false });
  });

  it("is false for backfill alone while what is left is kept for live work", async () => {
    await settle(ONE, left(500));
    expect(await openings()).toEqual({ live: true, backfill: false });
    await settle(OTHER, left(4_900));
    expect(await openings()).toEqual({ live: true, backfill: true });
  });

  it("is true again once the hour is over", async () => {
    await settle(ONE, left(0, new Date(Date.now() - 1)));
    expect(await openings()).toEqual({ live: true, backfill: true });
  });

  it("has nothing to do with a user who was not heard of for a day", async () => {
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
    await settle(ONE, left(4_900, hoursAgo(25)));
    expect(await openings()).toEqual({ live: true, backfill: true }); // nobody is known
    await settle(OTHER, left(0));
    expect(await openings()).toEqual({ live: false, backfill: false });
    await settle(ONE, left(4_900, hoursAgo(23)));
    expect(await openings()).toEqual({ live: true, backfill: true });
  });

  it("has nothing to do with pacing", async () => {
    await settle(ONE, left(4_900));
    for (;;) if (!(await ledger.acquire(ONE.userId, "live")).granted) break;
    expect(await openings()).toEqual({ live: true, backfill: true });
  });
});
