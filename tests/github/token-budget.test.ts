import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { TrackerError } from "../../src/domain/errors.js";
import type { Limits } from "../../src/github/raw-answer.js";
import { createTokenBudget } from "../../src/github/token-budget.js";
import { eventually } from "../support/eventually.js";

const START = Date.UTC(2026, 0, 1);
const { signal } = new AbortController();

interface Waiting {
  readonly token: string;
  answer(): void;
  refuse(error: Error): void;
}

/** A request that ends when the test says so. */
function held() {
  const waiting: Waiting[] = [];
  return {
    waiting,
    request: (token: string) =>
      new Promise<string>((resolve, reject) => {
        waiting.push({ token, answer: () => resolve(token), refuse: reject });
      }),
  };
}

describe("the budget of tokens", () => {
  const clock = { now: START };
  const budgetOf = (...tokens: string[]) => {
    clock.now = START;
    return createTokenBudget({ tokens, logger: pino({ level: "silent" }), now: () => clock.now });
  };
  const spending = (remaining: number, resetMs = 600_000) => {
    const resetAt = new Date(START + resetMs);
    return async (token: string, learn: (limits: Limits) => void) => {
      learn({ remaining, resetAt });
      return token;
    };
  };

  it("is spent from the token that has most left, and a new hour counts as a full one", async () => {
    const budget = budgetOf("token-a", "token-b");
    expect(await budget.run(spending(100), signal)).toBe("token-a");
    expect(await budget.run(spending(50), signal)).toBe("token-b");
    expect(await budget.run(spending(40), signal)).toBe("token-a");
    expect(await budget.run(spending(30), signal)).toBe("token-b");
    clock.now = START + 600_001;
    expect(await budget.run(spending(4_999, 4_200_000), signal)).toBe("token-a");
    expect(await budget.run(spending(4_999, 4_200_000), signal)).toBe("token-b");
  });

  it("believes the lowest of the answers that overtake each other", async () => {
    const budget = budgetOf("token-a", "token-b");
    const resetAt = new Date(START + 600_000);
    await budget.run(async (_token, learn) => {
      learn({ remaining: 10, resetAt });
      learn({ remaining: 4_000, resetAt });
    }, signal);
    await budget.run(spending(1_000), signal);
    expect(await budget.run(spending(999), signal)).toBe("token-b");
  });

  it("is left alone from the answer that takes the last point until the reset", async () => {
    const budget = budgetOf("token-a");
    expect(await budget.run(spending(0), signal)).toBe("token-a");
    const refused = {
      code: "GITHUB_RATE_LIMITED",
      details: { retryAt: new Date(START + 600_000) },
    };
    await expect(budget.run(spending(1), signal)).rejects.toMatchObject(refused);
    clock.now = START + 600_000;
    expect(await budget.run(spending(1), signal)).toBe("token-a");
  });

  it("runs at most ten requests of a token at once, and spreads them over the tokens", async () => {
    const budget = budgetOf("token-a", "token-b");
    const { waiting, request } = held();
    const runs = Array.from({ length: 40 }, () => budget.run(request, signal));
    const countOf = (token: string) => waiting.filter((one) => one.token === token).length;
    await eventually(() => expect([countOf("token-a"), countOf("token-b")]).toEqual([10, 10]));
    waiting[0]?.answer(); // one ends, one begins
    await eventually(() => expect(waiting).toHaveLength(21));
    const answering = setInterval(() => {
      for (const one of waiting) one.answer();
    }, 1);
    expect(await Promise.all(runs)).toHaveLength(40);
    clearInterval(answering);
  });

  it("sends nothing of what was waiting once GitHub says to wait", async () => {
    const budget = budgetOf("token-a");
    const { waiting, request } = held();
    const runs = Array.from({ length: 50 }, () => budget.run(request, signal));
    await eventually(() => expect(waiting).toHaveLength(10));
    const retryAt = new Date(START + 60_000);
    for (const { refuse } of waiting) {
      refuse(new TrackerError("GITHUB_RATE_LIMITED", "wait", { retryAt }));
    }
    for (const outcome of await Promise.allSettled(runs)) {
      expect(outcome).toMatchObject({ reason: { code: "GITHUB_RATE_LIMITED" } });
    }
    expect(waiting).toHaveLength(10);
  });

  it("moves what was waiting for a refused token to another one", async () => {
    const budget = budgetOf("token-a", "token-b");
    const { waiting, request } = held();
    const runs = Array.from({ length: 60 }, () => budget.run(request, signal));
    await eventually(() => expect(waiting).toHaveLength(20));
    for (const { token, refuse } of waiting) {
      if (token === "token-a") refuse(new TrackerError("GITHUB_BAD_CREDENTIALS", "no"));
    }
    const answering = setInterval(() => {
      for (const one of waiting) one.answer();
    }, 1);
    const outcomes = await Promise.allSettled(runs);
    clearInterval(answering);
    // Only those that were on their way with the refused token fail.
    expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(10);
    expect(waiting.slice(20).map(({ token }) => token)).toEqual(Array(40).fill("token-b"));
  });

  it("lets go at once of a request that is aborted while it waits for its turn", async () => {
    const budget = budgetOf("token-a");
    const { waiting, request } = held();
    const running = Array.from({ length: 10 }, () => budget.run(request, signal));
    await eventually(() => expect(waiting).toHaveLength(10));
    const controller = new AbortController();
    const queued = budget.run(request, controller.signal);
    const after = budget.run(request, signal);
    controller.abort(new Error("stopping"));
    await expect(queued).rejects.toThrow("stopping");
    for (const one of waiting) one.answer();
    await Promise.all(running);
    await eventually(() => expect(waiting).toHaveLength(11));
    waiting[10]?.answer();
    await after;
    expect(waiting).toHaveLength(11);
  });

  it("refuses more waiting requests than it can hold, and says when to come back", async () => {
    const budget = budgetOf("token-a");
    const { request } = held();
    const controller = new AbortController();
    const runs = Array.from({ length: 210 }, () => budget.run(request, controller.signal));
    await expect(budget.run(request, signal)).rejects.toMatchObject({
      code: "GITHUB_RATE_LIMITED",
      details: { limit: "local", retryAt: new Date(START + 1_000) },
    });
    controller.abort(new Error("stopping"));
    await Promise.allSettled(runs);
  });

  it("is nobody's without tokens", async () => {
    await expect(budgetOf().run(spending(1), signal)).rejects.toMatchObject({
      code: "GITHUB_BAD_CREDENTIALS",
    });
  });
});
