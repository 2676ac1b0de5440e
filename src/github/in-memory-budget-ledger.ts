import {
  accountAt,
  bookOutcome,
  learn,
  NEW_ACCOUNT,
  type Purpose,
  type RateAccount,
} from "../domain/rate-account.js";
import { decide, isPacing } from "../domain/rate-budget.js";
import {
  GITHUB_PACE,
  liveWaitsUntil,
  type Pace,
  type RecentRequests,
  spreadMs,
} from "../domain/rate-pace.js";
import { ABANDONED_MARGIN_MS, type BudgetLedger, type BudgetUser } from "./budget-ledger.js";

interface Sent {
  readonly requestId: bigint;
  readonly userId: bigint;
  readonly purpose: Purpose;
  readonly startedMs: number;
  ended: { readonly atMs: number; readonly gitHubMs: number } | null;
}

interface Entry {
  readonly user: BudgetUser;
  readonly fingerprints: Set<string>;
  account: RateAccount;
  liveWaitingUntil: Date | null;
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
  /** In the order in which they began. */
  let requests: Sent[] = [];
  let lastId = 0n;

  function entryOf(userId: bigint): Entry {
    const entry = entries.get(userId);
    if (entry === undefined) throw new Error(`user ${userId} is not registered`);
    return entry;
  }

  function recentOf(userId: bigint, nowMs: number): Omit<RecentRequests, "liveWaitingUntil"> {
    requests = requests.filter(({ startedMs }) => startedMs > nowMs - KEPT_MS);
    const own = requests.filter((request) => request.userId === userId);
    const begun = own.filter(({ startedMs }) => startedMs > nowMs - MINUTE_MS);
    const open = own.flatMap(({ ended, purpose, startedMs }) =>
      ended === null ? [{ purpose, ageMs: nowMs - startedMs }] : [],
    );
    const ended = own.flatMap(({ ended: end, purpose, startedMs }) =>
      end === null ? [] : [{ ...end, purpose, startedMs }],
    );
    const endedLately = ended.filter(({ atMs }) => atMs > nowMs - MINUTE_MS);
    const underWay = open.filter(({ ageMs }) => ageMs < requestTimeoutMs);
    const held = open.filter(({ ageMs }) => ageMs < requestTimeoutMs + ABANDONED_MARGIN_MS);
    const eachOf = (purpose: Purpose) =>
      mean(ended.flatMap((one) => (one.purpose === purpose ? [one.gitHubMs] : [])));
    return {
      underWay,
      lostCount: held.length - underWay.length,
      begunCount: begun.length,
      firstBegunAt: earliest(begun.map(({ startedMs }) => startedMs)),
      endedMs: sum(endedLately.map(({ gitHubMs }) => gitHubMs)),
      firstEndedAt: earliest(endedLately.map(({ atMs }) => atMs)),
      eachMs: { live: eachOf("live"), backfill: eachOf("backfill") },
      spreadUntil: spreadOf(ended, pace),
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
      const liveWaitingUntil = known?.liveWaitingUntil ?? null;
      entries.set(user.userId, { user, fingerprints: own, account, liveWaitingUntil });
      return accountAt(account, new Date(now()));
    },
    async acquire(userId, purpose) {
      const nowMs = now();
      const at = new Date(nowMs);
      const entry = entryOf(userId);
      const { liveWaitingUntil } = entry;
      const account = accountAt(entry.account, at);
      const state = { ...account, ...recentOf(userId, nowMs), liveWaitingUntil };
      const decision = decide(state, purpose, at, pace);
      if (decision.kind === "wait") {
        const { until, reason } = decision;
        if (purpose === "live" && isPacing(reason)) {
          entry.liveWaitingUntil = liveWaitsUntil({ until, reason }, at);
        }
        return { granted: false, until, reason, account };
      }
      if (purpose === "live") entry.liveWaitingUntil = null;
      lastId += 1n;
      requests.push({ requestId: lastId, userId, purpose, startedMs: nowMs, ended: null });
      return { granted: true, requestId: lastId, account };
    },
    async settle(requestId, outcome, gitHubMs) {
      const request = requests.find((one) => one.requestId === requestId);
      if (request === undefined || request.ended !== null) return null;
      const atMs = now();
      request.ended = { atMs, gitHubMs: gitHubMs ?? atMs - request.startedMs };
      const entry = entryOf(request.userId);
      entry.account = bookOutcome(entry.account, outcome, new Date(atMs));
      return accountAt(entry.account, new Date(atMs));
    },
  };
}

function spreadOf(
  ended: readonly { readonly startedMs: number; readonly gitHubMs: number }[],
  pace: Pace,
): Date | null {
  if (ended.length === 0) return null;
  const untilMs = ended.reduce(
    (until, { startedMs, gitHubMs }) => Math.max(until, startedMs) + spreadMs(gitHubMs, pace),
    0,
  );
  return new Date(untilMs);
}

function mean(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : sum(numbers) / numbers.length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function earliest(times: readonly number[]): Date | null {
  return times.length === 0 ? null : new Date(Math.min(...times));
}
