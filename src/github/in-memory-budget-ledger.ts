import {
  accountAt,
  bookOutcome,
  learn,
  NEW_ACCOUNT,
  type RateAccount,
} from "../domain/rate-account.js";
import { decide, GITHUB_PACE, type Pace, type RecentRequests } from "../domain/rate-budget.js";
import { ABANDONED_MARGIN_MS, type BudgetLedger, type BudgetUser } from "./budget-ledger.js";

interface Sent {
  readonly requestId: bigint;
  readonly userId: bigint;
  readonly startedMs: number;
  finishedMs: number | null;
}

interface Entry {
  readonly user: BudgetUser;
  readonly fingerprints: Set<string>;
  account: RateAccount;
}

const MINUTE_MS = 60_000;
const KEPT_MS = 2 * MINUTE_MS;

/** For one process alone: what it remembers ends with it. */
export function createInMemoryBudgetLedger({
  requestTimeoutMs = 15_000,
  now = Date.now,
  pace = GITHUB_PACE,
}: {
  requestTimeoutMs?: number;
  now?: () => number;
  pace?: Pace;
} = {}): BudgetLedger {
  const entries = new Map<bigint, Entry>();
  let requests: Sent[] = [];
  let lastId = 0n;

  function entryOf(userId: bigint): Entry {
    const entry = entries.get(userId);
    if (entry === undefined) throw new Error(`user ${userId} is not registered`);
    return entry;
  }

  function recentOf(userId: bigint, nowMs: number): RecentRequests {
    requests = requests.filter(({ startedMs }) => startedMs > nowMs - KEPT_MS);
    const own = requests.filter((request) => request.userId === userId);
    const open = own.filter(({ finishedMs }) => finishedMs === null);
    const ended = own.flatMap(({ startedMs, finishedMs }) =>
      finishedMs === null ? [] : [{ finishedMs, ms: finishedMs - startedMs }],
    );
    const endedLately = ended.filter(({ finishedMs }) => finishedMs > nowMs - MINUTE_MS);
    const begun = own.filter(({ startedMs }) => startedMs > nowMs - MINUTE_MS);
    const ages = open.map(({ startedMs }) => nowMs - startedMs);
    const inFlightMs = sum(ages.filter((age) => age < requestTimeoutMs));
    return {
      inFlight: ages.filter((age) => age < requestTimeoutMs + ABANDONED_MARGIN_MS).length,
      requestsLastMinute: begun.length,
      gitHubMsLastMinute: sum(endedLately.map(({ ms }) => ms)) + inFlightMs,
      gitHubMsInFlight: inFlightMs,
      gitHubMsEach: ended.length === 0 ? null : sum(ended.map(({ ms }) => ms)) / ended.length,
      firstBegunAt: earliest(begun.map(({ startedMs }) => startedMs)),
      firstEndedAt: earliest(endedLately.map(({ finishedMs }) => finishedMs)),
    };
  }

  return {
    async knownUsers(fingerprints) {
      return [...entries.values()].flatMap(({ user, fingerprints: own, account }) => {
        const found = fingerprints.filter((fingerprint) => own.has(fingerprint));
        if (found.length === 0) return [];
        return [{ ...user, fingerprints: found, account: accountAt(account, new Date(now())) }];
      });
    },
    async register(user, fingerprints, limits) {
      const known = entries.get(user.userId);
      const own = new Set([...(known?.fingerprints ?? []), ...fingerprints]);
      const account = learn(known?.account ?? NEW_ACCOUNT, limits);
      entries.set(user.userId, { user, fingerprints: own, account });
      return accountAt(account, new Date(now()));
    },
    async acquire(userId, purpose) {
      const nowMs = now();
      const account = accountAt(entryOf(userId).account, new Date(nowMs));
      const state = { ...account, ...recentOf(userId, nowMs) };
      const decision = decide(state, purpose, new Date(nowMs), pace);
      if (decision.kind === "wait") {
        return { granted: false, until: decision.until, reason: decision.reason, account };
      }
      lastId += 1n;
      requests.push({ requestId: lastId, userId, startedMs: nowMs, finishedMs: null });
      return { granted: true, requestId: lastId, account };
    },
    async settle(requestId, outcome) {
      const request = requests.find((one) => one.requestId === requestId);
      if (request === undefined || request.finishedMs !== null) return null;
      request.finishedMs = now();
      const entry = entryOf(request.userId);
      entry.account = bookOutcome(entry.account, outcome, new Date(now()));
      return accountAt(entry.account, new Date(now()));
    },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function earliest(times: readonly number[]): Date | null {
  return times.length === 0 ? null : new Date(Math.min(...times));
}
