import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { NO_LIMITS } from "../../src/domain/rate-account.js";
import { NOBODY } from "../../src/github/budget-ledger.js";
import { readBudgetSize } from "../../src/store/budget/budget-size.js";
import { createBudgetStore } from "../../src/store/budget/budget-store.js";
import { cancelWork, requestWork } from "../../src/store/work/work-store.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const HOUR_MS = 3_600_000;

describe("what all users together have", () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterAll(() => test?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    await test.database.primary.rateBudget.deleteMany();
  });

  const ledger = () => createBudgetStore({ database: test.database, requestTimeoutMs: 15_000 });
  const size = () => readBudgetSize(test.database.primary);
  /** Heard of with an hour that ends so much later, or ended so much earlier. */
  const hear = async (userId: bigint, limit: number, resetInMs: number, remaining = limit) => {
    const limits = { limit, remaining, resetAt: new Date(Date.now() + resetInMs) };
    await ledger().register({ userId, login: `user-${userId}` }, [], limits);
  };

  it("is what one ordinary user has, until GitHub has told of any", async () => {
    expect(await size()).toEqual({ users: 1, pointsPerHour: 5_000 });
    await ledger().register(NOBODY, [], NO_LIMITS);
    expect(await size()).toEqual({ users: 1, pointsPerHour: 5_000 });
  });

  it("is the sum of theirs, also of those whose hour is over or not known", async () => {
    await hear(1n, 5_000, HOUR_MS);
    await hear(2n, 12_500, -23 * HOUR_MS);
    await ledger().register({ userId: 3n, login: "new" }, [], NO_LIMITS);
    expect(await size()).toMatchObject({ users: 3, pointsPerHour: 22_500, leftShare: 1 });
  });

  it("counts nobody who was not heard of for a day", async () => {
    await hear(1n, 12_500, -25 * HOUR_MS);
    expect(await size()).toEqual({ users: 1, pointsPerHour: 5_000 });
    await hear(2n, 5_000, HOUR_MS);
    expect(await size()).toMatchObject({ users: 1, pointsPerHour: 5_000 });
    await hear(1n, 12_500, HOUR_MS);
    expect(await size()).toMatchObject({ users: 2, pointsPerHour: 17_500 });
  });

  it("tells how much is left of it, spread over what is left of the hour", async () => {
    await hear(1n, 5_000, HOUR_MS / 2, 1_250);
    expect((await size()).leftShare).toBeCloseTo(0.5, 2);
    // Of one who has more than that nothing is saved up.
    await hear(2n, 5_000, HOUR_MS / 4, 5_000);
    expect((await size()).leftShare).toBeCloseTo(0.75, 2);
  });

  it("holds any limit that GitHub may give", async () => {
    await hear(1n, 1_000_000_000, HOUR_MS / 4);
    await hear(2n, 1_000_000_000, HOUR_MS);
    expect(await size()).toMatchObject({ pointsPerHour: 2_000_000_000, leftShare: 1 });
  });

  it("is shared while first histories wait", async () => {
    const { primary } = test.database;
    await hear(1n, 5_000, HOUR_MS);
    expect(await size()).toMatchObject({ isShared: false });
    await requestWork(primary, "backfill", 1, { reason: "WALK", isPublished: false });
    expect(await size()).toMatchObject({ isShared: true });
    await cancelWork(primary, ["backfill"], 1);
    expect(await size()).toMatchObject({ isShared: false });
  });
});
