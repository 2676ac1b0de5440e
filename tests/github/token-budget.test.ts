import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { TrackerError } from "../../src/domain/errors.js";
import type { Limits } from "../../src/github/raw-answer.js";
import { createTokenBudget } from "../../src/github/token-budget.js";

const START = Date.UTC(2026, 0, 1);
const { signal } = new AbortController();

/** A request that is answered when the test says so. */
function open() {
  const waiting: { token: string; answer: (limits?: Limits) => void }[] = [];
  return {
    waiting,
    request: (token: string, learn: (limits: Limits) => void) =>
      new Promise<string>((resolve) => {
        waiting.push({
          token,
          answer: (limits) => {
            if (limits !== undefined) learn(limits);
            resolve(token);
          },
        });
      }),
  };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

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
    const { waiting, request } = open();
    const runs = Array.from({ length: 30 }, () => budget.run(request, signal));
    await settled();
    expect(waiting).toHaveLength(20);
    for (const token of ["token-a", "token-b"]) {
      expect(waiting.filter((one) => one.token === token)).toHaveLength(10);
    }
    for (let index = 0; index < 30; index += 1) {
      while (waiting[index] === undefined) await settled();
      waiting[index]?.answer();
    }
    expect(await Promise.all(runs)).toHaveLength(30);
  });

  it("sends nothing of what was waiting once GitHub says to wait", async () => {
    const budget = budgetOf("token-a");
    const retryAt = new Date(START + 60_000);
    let started = 0;
    const runs = Array.from({ length: 50 }, () =>
      budget.run(async () => {
        started += 1;
        await settled();
        throw new TrackerError("GITHUB_RATE_LIMITED", "wait", { retryAt });
      }, signal),
    );
    for (const outcome of await Promise.allSettled(runs)) {
      expect(outcome).toMatchObject({ reason: { code: "GITHUB_RATE_LIMITED" } });
    }
    expect(started).toBe(10);
  });

  it("moves what was waiting for a refused token to another one", async () => {
    const budget = budgetOf("token-a", "token-b");
    const request = async (token: string) => {
      await settled();
      if (token === "token-a") throw new TrackerError("GITHUB_BAD_CREDENTIALS", "no");
      return token;
    };
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, () => budget.run(request, signal)),
    );
    const failed = outcomes.filter(({ status }) => status === "rejected");
    expect(failed).toHaveLength(10); // those that were on their way
    expect(await budget.run(request, signal)).toBe("token-b");
  });

  it("lets go at once of a request that is aborted while it waits for its turn", async () => {
    const budget = budgetOf("token-a");
    const { waiting, request } = open();
    const running = Array.from({ length: 10 }, () => budget.run(request, signal));
    const controller = new AbortController();
    const queued = budget.run(request, controller.signal);
    await settled();
    controller.abort(new Error("stopping"));
    await expect(queued).rejects.toThrow("stopping");
    for (const one of waiting) one.answer();
    await Promise.all(running);
    await settled();
    expect(waiting).toHaveLength(10);
  });

  it("refuses more waiting requests than it can hold, and says when to come back", async () => {
    const budget = budgetOf("token-a");
    const { request } = open();
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
