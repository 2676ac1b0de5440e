import { NO_LIMITS, type Purpose } from "../../../src/domain/rate-account.js";
import { createInMemoryBudgetLedger } from "../../../src/github/in-memory-budget-ledger.js";

const USER = { userId: 1n, login: "octocat" };

/** What is asked of GitHub at some time, and takes it so long. */
export interface Ask {
  readonly purpose: Purpose;
  readonly atMs: number;
  readonly gitHubMs: number;
}

export interface Done extends Ask {
  readonly begunMs: number;
  readonly endedMs: number;
}

/**
 * Plays asks against the ledger on a clock of its own: each purpose is first come first served, asks
 * again when it was told to, and when a request has ended. Returns what has begun by then.
 */
export async function playLoad(asks: readonly Ask[], untilMs: number): Promise<Done[]> {
  let nowMs = 0;
  const ledger = createInMemoryBudgetLedger({ now: () => nowMs });
  const resetAt = new Date(100 * 3_600_000);
  await ledger.register(USER, [], { ...NO_LIMITS, limit: 1e9, remaining: 1e9, resetAt });
  const waiting = {
    live: asks.filter(({ purpose }) => purpose === "live").sort((a, b) => a.atMs - b.atMs),
    backfill: asks.filter(({ purpose }) => purpose === "backfill").sort((a, b) => a.atMs - b.atMs),
  };
  const askAtMs = { live: 0, backfill: 0 };
  const running: (Done & { requestId: bigint })[] = [];
  const done: Done[] = [];

  async function begin(purpose: Purpose): Promise<void> {
    for (;;) {
      const [next] = waiting[purpose];
      if (next === undefined || next.atMs > nowMs || askAtMs[purpose] > nowMs) return;
      const acquired = await ledger.acquire(USER.userId, purpose);
      if (!acquired.granted) {
        askAtMs[purpose] = acquired.until.getTime();
        return;
      }
      waiting[purpose].shift();
      const { requestId } = acquired;
      running.push({ ...next, requestId, begunMs: nowMs, endedMs: nowMs + next.gitHubMs });
    }
  }

  while (nowMs < untilMs) {
    for (const one of running.filter(({ endedMs }) => endedMs <= nowMs)) {
      running.splice(running.indexOf(one), 1);
      await ledger.settle(one.requestId, { kind: "nothing" });
      done.push(one);
      // A request of its own process has made room.
      askAtMs.live = 0;
      askAtMs.backfill = 0;
    }
    await begin("backfill"); // first: whoever looks first must not win
    await begin("live");
    const next = [
      ...running.map(({ endedMs }) => endedMs),
      ...(["live", "backfill"] as const).flatMap((purpose) => {
        const [first] = waiting[purpose];
        return first === undefined ? [] : [Math.max(first.atMs, askAtMs[purpose])];
      }),
    ];
    nowMs = Math.max(nowMs + 1, Math.min(untilMs, ...next));
  }
  return [...done, ...running];
}
