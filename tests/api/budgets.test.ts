import { afterAll, beforeAll, expect, it } from "vitest";
import { NO_LIMITS } from "../../src/domain/rate-account.js";
import { NOBODY } from "../../src/github/budget-ledger.js";
import { createBudgetStore } from "../../src/store/budget/budget-store.js";
import { ask } from "../support/graphql-client.js";
import { startTestApi, type TestApi } from "./test-api.js";

const QUERY = `{ rateBudgets {
  login limit remaining resetAt pausedUntil pauseReason spentLive spentBackfill
} }`;

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api?.[Symbol.asyncDispose]());

it("shows what each GitHub user has left, and nothing of their tokens", async () => {
  expect(await ask(api.url, QUERY)).toEqual({ rateBudgets: [] });
  const ledger = createBudgetStore({ database: api.database, requestTimeoutMs: 15_000 });
  const resetAt = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 1_800_000);
  const pausedUntil = new Date(Date.now() + 60_000);
  await ledger.register(NOBODY, [], NO_LIMITS);
  await ledger.register({ userId: 2n, login: "hubot" }, ["cafe"], NO_LIMITS);
  await ledger.register({ userId: 1n, login: "octocat" }, ["babe"], NO_LIMITS);
  const spend = async (points: number, purpose: "live" | "backfill", remaining: number) => {
    const acquired = await ledger.acquire(1n, purpose);
    if (!acquired.granted) throw new Error(acquired.reason);
    const limits = { limit: 12_500, remaining, resetAt };
    await ledger.settle(acquired.requestId, {
      ...{ kind: "answered", purpose, points, limits, isSuccess: true },
    });
  };
  await spend(3, "live", 12_000);
  await spend(4, "backfill", 11_996);
  const refused = await ledger.acquire(2n, "live");
  if (!refused.granted) throw new Error(refused.reason);
  const retryAt = pausedUntil;
  await ledger.settle(refused.requestId, {
    ...{ kind: "refused", limit: "secondary", retryAt, limits: NO_LIMITS },
  });
  const { rateBudgets } = await ask<{ rateBudgets: { pausedUntil: string }[] }>(api.url, QUERY);
  const nothing = { resetAt: null, pausedUntil: null, pauseReason: null, spentLive: 0 };
  expect(rateBudgets).toEqual([
    {
      ...{ ...nothing, login: "hubot", limit: 5_000, remaining: 5_000, spentBackfill: 0 },
      ...{ pausedUntil: expect.any(String), pauseReason: "SECONDARY" },
    },
    {
      ...{ ...nothing, login: "octocat", limit: 12_500, remaining: 11_996 },
      ...{ resetAt: resetAt.toISOString(), spentLive: 3, spentBackfill: 4 },
    },
  ]);
  const toldMs = new Date(rateBudgets[0]?.pausedUntil ?? 0).getTime();
  expect(Math.abs(toldMs - pausedUntil.getTime())).toBeLessThan(2_000);
});

it("shows a full hour when the last one is over, and no pause that has ended", async () => {
  await api.database.primary.rateBudget.updateMany({
    data: { resetAt: new Date(Date.now() - 1), pausedUntil: new Date(Date.now() - 1) },
  });
  const nothing = { resetAt: null, pausedUntil: null, pauseReason: null, spentLive: 0 };
  expect(await ask(api.url, QUERY)).toMatchObject({
    rateBudgets: [
      { ...nothing, login: "hubot", remaining: 5_000 },
      { ...nothing, login: "octocat", remaining: 12_500, spentBackfill: 0 },
    ],
  });
});
