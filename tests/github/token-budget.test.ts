import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { TrackerError } from "../../src/domain/errors.js";
import type { HourLimits, Purpose } from "../../src/domain/rate-account.js";
import { type BudgetLedger, NOBODY } from "../../src/github/budget-ledger.js";
import type { Learn } from "../../src/github/granted-request.js";
import { createInMemoryBudgetLedger } from "../../src/github/in-memory-budget-ledger.js";
import { createTokenBudget } from "../../src/github/token-budget.js";
import type { Identify } from "../../src/github/token-users.js";
import { ledgerThatKnows, PLACES_ONLY } from "../support/budget.js";
import { eventually } from "../support/eventually.js";

const START = Date.UTC(2026, 0, 1);
const { signal } = new AbortController();
const options = { signal, purpose: "live" as const };
const nobodyAsks: Identify = () => Promise.reject(new Error("known already"));

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
  const now = () => clock.now;
  const budgetOn = (ledger: BudgetLedger, tokens: readonly string[], identify = nobodyAsks) => {
    const logger = pino({ level: "silent" });
    return createTokenBudget({ tokens, ledger, identify, logger, now, random: () => 0 });
  };
  /** Of tokens with a user each. */
  const budgetOf = async (...tokens: string[]) => {
    clock.now = START;
    return budgetOn(await ledgerThatKnows(tokens, { now, pace: PLACES_ONLY }), tokens);
  };
  const tell = (learn: Learn, limits: Omit<HourLimits, "limit">) =>
    learn({ points: 1, limits: { limit: 5_000, ...limits } });
  const spending = (remaining: number, resetMs = 600_000) => {
    const resetAt = new Date(START + resetMs);
    return async (token: string, learn: Learn) => {
      tell(learn, { remaining, resetAt });
      return token;
    };
  };

  it("tells of whoever has to wait and why, and how long who was sent has waited", async () => {
    clock.now = START;
    const tokens = ["token-a"];
    const waits: unknown[] = [];
    const turns: unknown[] = [];
    const budget = createTokenBudget({
      ...{ tokens, identify: nobodyAsks, now, random: () => 0 },
      ledger: await ledgerThatKnows(tokens, { now, pace: PLACES_ONLY }),
      logger: pino({ level: "silent" }),
      observer: {
        wait: (purpose, reason) => waits.push([purpose, reason]),
        turn: (purpose, waitedMs) => turns.push([purpose, waitedMs >= 0]),
      },
    });
    await budget.run(spending(0), options);
    expect(turns).toEqual([["live", true]]);
    const another = budget.run(spending(0), options);
    await expect(another).rejects.toMatchObject({ code: "GITHUB_RATE_LIMITED" });
    expect(waits.at(-1)).toEqual(["live", "points"]);
    expect(turns).toHaveLength(1);
  });

  it("is spent from the token that has most left, and a new hour counts as a full one", async () => {
    const budget = await budgetOf("token-a", "token-b");
    expect(await budget.run(spending(100), options)).toBe("token-a");
    expect(await budget.run(spending(50), options)).toBe("token-b");
    expect(await budget.run(spending(40), options)).toBe("token-a");
    expect(await budget.run(spending(30), options)).toBe("token-b");
    clock.now = START + 600_001;
    expect(await budget.run(spending(4_999, 4_200_000), options)).toBe("token-a");
    expect(await budget.run(spending(4_999, 4_200_000), options)).toBe("token-b");
  });

  it("believes the lowest of the answers that overtake each other", async () => {
    const budget = await budgetOf("token-a", "token-b");
    const limits = (remaining: number) => ({ remaining, resetAt: new Date(START + 600_000) });
    const sent: { learn: Learn; end: () => void }[] = [];
    const request = (token: string, learn: Learn) =>
      new Promise<string>((resolve) => {
        sent.push({ learn, end: () => resolve(token) });
      });
    const runs = [1, 2, 3, 4].map(() => budget.run(request, options));
    await eventually(() => expect(sent).toHaveLength(4));
    for (const [index, remaining] of [4_000, 1_000, 10, 999].entries()) {
      const one = sent[3 - index]; // the last that was sent is answered first
      if (one !== undefined) tell(one.learn, limits(remaining));
      one?.end();
      await runs[3 - index];
    }
    expect(await Promise.all(runs)).toEqual(["token-a", "token-b", "token-a", "token-b"]);
    expect(await budget.run(spending(998), options)).toBe("token-a");
    expect(await budget.run(spending(9), options)).toBe("token-a");
    expect(await budget.run(spending(9), options)).toBe("token-b");
  });

  it("is left alone from the answer that takes the last point until the reset", async () => {
    const budget = await budgetOf("token-a");
    expect(await budget.run(spending(0), options)).toBe("token-a");
    const refused = {
      code: "GITHUB_RATE_LIMITED",
      details: { retryAt: new Date(START + 600_000) },
    };
    await expect(budget.run(spending(1), options)).rejects.toMatchObject(refused);
    clock.now = START + 600_000;
    expect(await budget.run(spending(1), options)).toBe("token-a");
  });

  it("runs at most ten requests of a token at once, and spreads them over the tokens", async () => {
    const budget = await budgetOf("token-a", "token-b");
    const { waiting, request } = held();
    const runs = Array.from({ length: 40 }, () => budget.run(request, options));
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
    const budget = await budgetOf("token-a");
    const { waiting, request } = held();
    const runs = Array.from({ length: 50 }, () => budget.run(request, options));
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
    const budget = await budgetOf("token-a", "token-b");
    const { waiting, request } = held();
    const runs = Array.from({ length: 60 }, () => budget.run(request, options));
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
    const budget = await budgetOf("token-a");
    const { waiting, request } = held();
    const running = Array.from({ length: 10 }, () => budget.run(request, options));
    await eventually(() => expect(waiting).toHaveLength(10));
    const controller = new AbortController();
    const queued = budget.run(request, { ...options, signal: controller.signal });
    const after = budget.run(request, options);
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
    const budget = await budgetOf("token-a");
    const { request } = held();
    const controller = new AbortController();
    const runs = Array.from({ length: 210 }, () =>
      budget.run(request, { ...options, signal: controller.signal }),
    );
    await expect(budget.run(request, options)).rejects.toMatchObject({
      code: "GITHUB_RATE_LIMITED",
      details: { limit: "local", retryAt: new Date(START + 1_000) },
    });
    controller.abort(new Error("stopping"));
    await Promise.allSettled(runs);
  });

  it("is nobody's without tokens", async () => {
    await expect((await budgetOf()).run(spending(1), options)).rejects.toMatchObject({
      code: "GITHUB_BAD_CREDENTIALS",
    });
  });

  describe("asks whose tokens are", () => {
    const asked: string[] = [];
    const told = { points: 0, limits: { limit: 9_000, remaining: 8_000, resetAt: undefined } };
    /** `a…` and `b…` are tokens of the users a and b. */
    const identify: Identify = async (token, learn) => {
      asked.push(token);
      if (token.includes("bad")) throw new TrackerError("GITHUB_BAD_CREDENTIALS", "no");
      learn(told);
      return { userId: BigInt(token.charCodeAt(0)), login: token.charAt(0) };
    };
    const fresh = () => {
      clock.now = START;
      asked.length = 0;
      return createInMemoryBudgetLedger({ now, pace: PLACES_ONLY });
    };
    const sent = async (token: string) => token;
    const refusing = async () => {
      throw new TrackerError("GITHUB_RATE_LIMITED", "wait", {
        ...{ limit: "secondary", retryAt: new Date(clock.now + 60_000) },
      });
    };
    const limited = { code: "GITHUB_RATE_LIMITED" };

    it("once, whatever the number of requests and processes, and after a restart in a pause not at all", async () => {
      const ledger = fresh();
      const budget = budgetOn(ledger, ["a-1", "a-2"], identify);
      await Promise.all(Array.from({ length: 20 }, () => budget.run(sent, options)));
      expect(asked).toEqual(["a-1", "a-2"]);
      await expect(budget.run(refusing, options)).rejects.toMatchObject(limited);
      const restarted = budgetOn(ledger, ["a-2", "a-1"], identify);
      await expect(restarted.run(sent, options)).rejects.toMatchObject(limited);
      expect(asked).toEqual(["a-1", "a-2"]);
    });

    it("so that two tokens of one user share its budget, and the other user's goes on", async () => {
      const budget = budgetOn(fresh(), ["a-1", "a-2", "b-1"], identify);
      const { waiting, request } = held();
      const runs = Array.from({ length: 30 }, () => budget.run(request, options));
      await eventually(() => expect(waiting).toHaveLength(20));
      const answering = setInterval(() => {
        for (const one of waiting) one.answer();
      }, 1);
      await Promise.all(runs);
      clearInterval(answering);
      await expect(budget.run(refusing, options)).rejects.toMatchObject(limited);
      const tokens = await Promise.all([1, 2, 3].map(() => budget.run(sent, options)));
      expect(new Set(tokens).size).toBe(1); // of the user who was not told to wait
    });

    it("sets a refused one aside, says so once without showing it, and nobody waits while it is asked again", async () => {
      const lines: string[] = [];
      const quiet: string[] = [];
      const write = (line: string) => void (JSON.parse(line).level < 40 ? quiet : lines).push(line);
      const logger = pino({ level: "debug" }, { write });
      const tokens = ["a-bad-secret", "b-1"];
      let isSlow = false;
      let slowAsks = 0;
      const slowly: Identify = async (...all) => {
        if (!isSlow) return await identify(...all);
        slowAsks += 1;
        return await new Promise(() => {});
      };
      const budget = createTokenBudget({ tokens, ledger: fresh(), identify: slowly, logger, now });
      for (let times = 0; times < 3; times += 1) {
        expect(await budget.run(sent, options)).toBe("b-1");
      }
      expect(asked).toEqual(["a-bad-secret", "b-1"]);
      expect(lines).toHaveLength(1);
      expect(JSON.parse(lines[0] ?? "")).toMatchObject({
        token: expect.stringMatching(/^1:[0-9a-f]{8}$/),
        retryAt: new Date(START + 5_000).toISOString(),
      });
      expect(lines[0]).not.toContain("secret");
      clock.now += 5_000;
      expect(await budget.run(sent, options)).toBe("b-1");
      await eventually(() => expect(asked).toEqual(["a-bad-secret", "b-1", "a-bad-secret"]));
      await eventually(() => expect(quiet.join("")).toContain("refused this token again"));
      isSlow = true;
      clock.now += 10_000;
      expect(await budget.run(sent, options)).toBe("b-1");
      await eventually(() => expect(slowAsks).toBe(1));
      expect(await budget.run(sent, options)).toBe("b-1");
      expect(lines).toHaveLength(1);
    });

    it("is said to be for a person when it goes on being refused, once", async () => {
      const lines: string[] = [];
      const logger = pino({ level: "error" }, { write: (line) => void lines.push(line) });
      const tokens = ["a-bad-secret", "b-1"];
      const budget = createTokenBudget({ tokens, ledger: fresh(), identify, logger, now });
      for (let refusals = 1; refusals <= 8; refusals += 1) {
        expect(await budget.run(sent, options)).toBe("b-1");
        await eventually(() => expect(asked.filter((one) => one !== "b-1")).toHaveLength(refusals));
        expect(lines).toHaveLength(refusals < 5 ? 0 : 1);
        clock.now += 3_600_000;
      }
      expect(lines[0]).not.toContain("secret");
    });

    const stray = async () => {
      throw new TrackerError("GITHUB_BAD_CREDENTIALS", "no");
    };
    const bad = { code: "GITHUB_BAD_CREDENTIALS" };

    it("again five seconds after one stray refusal, though it is the only one", async () => {
      const counts: unknown[] = [];
      const budget = createTokenBudget({
        ...{ tokens: ["a-1"], ledger: fresh(), identify, now },
        logger: pino({ level: "silent" }),
        observer: { tokens: (count) => counts.push(count) },
      });
      await budget.run(sent, options);
      expect(counts.at(-1)).toEqual({ accepted: 1, setAside: 0 });
      await expect(budget.run(stray, options)).rejects.toMatchObject(bad);
      expect(counts.at(-1)).toEqual({ accepted: 0, setAside: 1 });
      clock.now += 4_999;
      const retryAt = new Date(START + 5_000);
      await expect(budget.run(sent, options)).rejects.toMatchObject({
        ...bad,
        details: { retryAt },
      });
      clock.now += 1;
      expect(await budget.run(sent, options)).toBe("a-1");
      expect(asked).toEqual(["a-1", "a-1"]);
      expect(counts.at(-1)).toEqual({ accepted: 1, setAside: 0 });
    });

    it("after a time that doubles up to an hour, until a request is answered again", async () => {
      const budget = budgetOn(fresh(), ["a-1"], identify);
      const waits: number[] = [];
      const refusedFor = async () => {
        await expect(budget.run(stray, options)).rejects.toMatchObject(bad);
        const error = await budget.run(sent, options).catch((failure: unknown) => failure);
        const { retryAt } = (error as TrackerError).details;
        const waitMs = (retryAt?.getTime() ?? 0) - clock.now;
        clock.now += waitMs;
        return waitMs / 1_000;
      };
      for (let times = 0; times < 12; times += 1) waits.push(await refusedFor());
      expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600]);
      expect(await budget.run(sent, options)).toBe("a-1");
      expect(await refusedFor()).toBe(5);
    });

    it("once for all requests that were refused together, however late one hears of it", async () => {
      const budget = budgetOn(fresh(), ["a-1"], identify);
      const { waiting, request } = held();
      const runs = Array.from({ length: 10 }, () => budget.run(request, options));
      await eventually(() => expect(waiting).toHaveLength(10));
      const outcomes = Promise.allSettled(runs);
      const no = new TrackerError("GITHUB_BAD_CREDENTIALS", "no");
      clock.now += 100;
      for (const { refuse } of waiting.slice(0, 9)) refuse(no);
      await Promise.allSettled(runs.slice(0, 9));
      clock.now += 5_000;
      expect(await budget.run(sent, options)).toBe("a-1");
      waiting[9]?.refuse(no);
      await outcomes;
      expect(await budget.run(sent, options)).toBe("a-1");
      expect(asked).toEqual(["a-1", "a-1"]);
    });

    it("again at the next request when it could not be told, and fails as that did", async () => {
      let isDown = true;
      const down: Identify = (...all) => {
        if (isDown) return Promise.reject(new TrackerError("GITHUB_TIMEOUT", "too slow"));
        return identify(...all);
      };
      const budget = budgetOn(fresh(), ["a-1"], down);
      await expect(budget.run(sent, options)).rejects.toMatchObject({ code: "GITHUB_TIMEOUT" });
      isDown = false;
      expect(await budget.run(sent, options)).toBe("a-1");
    });

    it("not while that is what GitHub told to wait for, in this process or another", async () => {
      const ledger = fresh();
      const refused: Identify = refusing;
      const budget = budgetOn(ledger, ["a-1"], refused);
      await expect(budget.run(sent, options)).rejects.toMatchObject(limited);
      await expect(budget.run(sent, options)).rejects.toMatchObject(limited);
      await expect(budgetOn(ledger, ["b-1"], identify).run(sent, options)).rejects.toMatchObject(
        limited,
      );
      expect(asked).toEqual([]);
      clock.now += 60_000;
      expect(await budgetOn(ledger, ["b-1"], identify).run(sent, options)).toBe("b-1");
    });

    it("not about a new token while a user who may be its owner was told to wait", async () => {
      const ledger = fresh();
      const budget = budgetOn(ledger, ["a-1"], identify);
      await expect(budget.run(refusing, options)).rejects.toMatchObject(limited);
      const more = budgetOn(ledger, ["a-1", "a-2"], identify);
      await expect(more.run(sent, options)).rejects.toMatchObject(limited);
      expect(asked).toEqual(["a-1"]);
      clock.now += 60_001;
      expect(await more.run(sent, options)).toBe("a-1");
      expect(asked).toEqual(["a-1", "a-2"]);
    });

    it("on nobody's account, and hears of the user's hour on the way", async () => {
      const ledger = fresh();
      await budgetOn(ledger, ["a-1"], identify).run(sent, options);
      expect(await ledger.acquire(NOBODY.userId, "live")).toMatchObject({ granted: true });
      expect((await ledger.acquire(97n, "live")).account.spentLive).toBe(0);
    });
  });

  it("lets backfill have all places, and gives live work each that comes free while it waits", async () => {
    const budget = await budgetOf("token-a");
    const sent: { purpose: Purpose; answer: () => void }[] = [];
    const ask = (purpose: Purpose) =>
      budget.run(() => new Promise<void>((answer) => void sent.push({ purpose, answer })), {
        ...options,
        purpose,
      });
    const runs = Array.from({ length: 20 }, () => ask("backfill"));
    await eventually(() => expect(sent).toHaveLength(10));
    runs.push(...Array.from({ length: 3 }, () => ask("live")));
    for (let ended = 0; ended < 10; ended += 1) {
      sent[ended]?.answer();
      await eventually(() => expect(sent).toHaveLength(11 + ended));
    }
    const next = sent.slice(10).map(({ purpose }) => purpose);
    // One may have been on its way to a place already when live work came.
    expect(next.slice(0, 4).filter((purpose) => purpose === "live")).toHaveLength(3);
    expect(next.slice(4)).toEqual(Array(6).fill("backfill"));
    const answering = setInterval(() => {
      for (const { answer } of sent) answer();
    }, 1);
    await Promise.all(runs);
    clearInterval(answering);
  });

  it("asks for more points at once when GitHub tells of another limit, and else within a minute", async () => {
    clock.now = START;
    const ledger = await ledgerThatKnows(["token-a"], { now, pace: PLACES_ONLY });
    const [one, other] = [budgetOn(ledger, ["token-a"]), budgetOn(ledger, ["token-a"])] as const;
    const backfill = { ...options, purpose: "backfill" as const };
    const kept = { code: "GITHUB_RATE_LIMITED", details: { reason: "reserve" } };
    await one.run(spending(100, 3_000_000), options);
    for (const budget of [one, other]) {
      await expect(budget.run(spending(99), backfill)).rejects.toMatchObject(kept);
    }
    const raising = async (token: string, learn: Learn) => {
      const resetAt = new Date(START + 3_000_000);
      learn({ points: 1, limits: { limit: 100_000, remaining: 99_990, resetAt } });
      return token;
    };
    await one.run(raising, options);
    expect(await one.run(raising, backfill)).toBe("token-a");
    await expect(other.run(raising, backfill)).rejects.toMatchObject(kept);
    clock.now += 60_000;
    expect(await other.run(raising, backfill)).toBe("token-a");
  });

  it("pauses nothing for a failure that is no rate limit", async () => {
    const budget = await budgetOf("token-a");
    for (const code of ["GITHUB_FORBIDDEN", "GITHUB_BAD_GATEWAY", "GITHUB_TIMEOUT"] as const) {
      const failing = () => Promise.reject(new TrackerError(code, "no"));
      await expect(budget.run(failing, options)).rejects.toMatchObject({ code });
    }
    expect(await budget.run(spending(1), options)).toBe("token-a");
  });

  it("waits out what another process keeps for a moment, and goes on when one of its own ends", async () => {
    const ledger = await ledgerThatKnows(["token-a"], { pace: PLACES_ONLY });
    const logger = pino({ level: "silent" });
    let refused = 0;
    const counting: BudgetLedger = {
      ...ledger,
      async acquire(...all) {
        const acquired = await ledger.acquire(...all);
        if (!acquired.granted) refused += 1;
        return acquired;
      },
    };
    const budget = createTokenBudget({
      ...{ tokens: ["token-a"], ledger: counting, identify: nobodyAsks, logger },
    });
    const taken = await Promise.all(Array.from({ length: 10 }, () => ledger.acquire(1n, "live")));
    let isSent = false;
    const run = budget.run(async () => {
      isSent = true;
    }, options);
    await eventually(() => expect(refused).toBeGreaterThan(1));
    expect(isSent).toBe(false);
    const [first] = taken;
    if (first?.granted === true) await ledger.settle(first.requestId, { kind: "nothing" });
    await run;
  });

  it("delivers an answer though how it ended cannot be noted, and says so", async () => {
    const known = await ledgerThatKnows(["token-a"], { now, pace: PLACES_ONLY });
    const lines: string[] = [];
    const logger = pino({ level: "warn" }, { write: (line) => void lines.push(line) });
    const settle = () => Promise.reject(new TrackerError("DATABASE_UNAVAILABLE", "gone"));
    const ledger = { ...known, settle };
    const budget = createTokenBudget({
      tokens: ["token-a"],
      ledger,
      identify: nobodyAsks,
      logger,
      now,
    });
    expect(await budget.run(spending(1), options)).toBe("token-a");
    expect(lines).toHaveLength(1);
  });
});
