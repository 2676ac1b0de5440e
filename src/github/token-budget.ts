import type { Logger } from "pino";
import { isTrackerError, TrackerError } from "../domain/errors.js";
import type { BudgetLedger, BudgetUser } from "./budget-ledger.js";
import type { CallOptions } from "./github.js";
import type { GitHubObserver } from "./github-observer.js";
import type { Learn } from "./granted-request.js";
import { createTokenUsers, type Identify } from "./token-users.js";
import { UserBudget } from "./user-budget.js";
import { isShort, mustWait, untilAborted } from "./wait.js";

const WAITING_RETRY_MS = 1_000;
/** Short waits in a row add up: after so long a request is better tried again as a whole. */
const WAITED_MS_MAX = 30_000;

/** Which token a request goes out with, and that none goes out while GitHub said to wait. */
export interface TokenBudget {
  /**
   * Runs `request` with a token of the user who has most left, once the ledger has granted it. It
   * calls `learn` with what every answer says; how it ends is settled there, for all processes.
   * Rejects with `GITHUB_RATE_LIMITED` while no user may send, `GITHUB_BAD_CREDENTIALS` when no
   * token is accepted, and the signal's reason at once when it is aborted, waiting or not.
   */
  run<T>(request: TokenRequest<T>, options: CallOptions): Promise<T>;
}

/** Sent with `token`; `user` is whose it is. */
export type TokenRequest<T> = (token: string, learn: Learn, user: BudgetUser) => Promise<T>;

export interface TokenBudgetOptions {
  readonly tokens: readonly string[];
  readonly ledger: BudgetLedger;
  readonly identify: Identify;
  readonly logger: Logger;
  readonly observer?: Pick<GitHubObserver, "wait" | "turn" | "tokens">;
  readonly now?: () => number;
  readonly random?: () => number;
}

export function createTokenBudget({
  tokens,
  ledger,
  identify,
  logger,
  observer = {},
  now = Date.now,
  random = Math.random,
}: TokenBudgetOptions): TokenBudget {
  const users = createTokenUsers({
    ...{ tokens, ledger, identify, logger, now, random },
    onTokens: (counts) => observer.tokens?.(counts),
  });
  const budgets = new Map<bigint, UserBudget>();

  function budgetOf(user: BudgetUser): UserBudget {
    const known = budgets.get(user.userId);
    if (known !== undefined) return known;
    const opened = new UserBudget({ user, ledger, logger, now });
    budgets.set(user.userId, opened);
    return opened;
  }

  /** Of those with an accepted token: the one with most left, or else whose wait is soon over. */
  function choose(purpose: CallOptions["purpose"]): UserBudget {
    const all = users.users().map(budgetOf);
    const free = all.filter((budget) => budget.wait(purpose) === null);
    const [best] = free.sort((a, b) => b.left() - a.left());
    if (best !== undefined) return best;
    const waits = all.flatMap((budget) => {
      const wait = budget.wait(purpose);
      return wait === null ? [] : [{ budget, wait }];
    });
    const [soonest] = waits.sort((a, b) => a.wait.until.getTime() - b.wait.until.getTime());
    if (soonest === undefined) throw users.noneAccepted();
    if (isShort(soonest.wait, purpose, now())) return soonest.budget;
    observer.wait?.(purpose, soonest.wait.reason);
    throw mustWait(soonest.wait, random);
  }

  /** Null: another user, or none, is the better choice by now. */
  async function attempt<T>(
    budget: UserBudget,
    request: TokenRequest<T>,
    { signal, purpose }: CallOptions,
    begunMs: number,
  ): Promise<{ value: T } | null> {
    for (;;) {
      signal.throwIfAborted();
      if (users.tokenOf(budget.user) === null) return null;
      const wait = budget.wait(purpose);
      if (wait !== null) {
        if (choose(purpose) !== budget) return null;
        observer.wait?.(purpose, wait.reason);
        if (performance.now() - begunMs > WAITED_MS_MAX) throw mustWait(wait, random);
        await budget.rest(purpose, wait, signal);
        continue;
      }
      const requestId = await budget.acquire(purpose);
      if (requestId === null) continue;
      const token = users.tokenOf(budget.user);
      if (token === null || signal.aborted) {
        await budget.giveBack(requestId);
        continue;
      }
      const sentAtMs = now();
      observer.turn?.(purpose, performance.now() - begunMs);
      try {
        const send = (learn: Learn) => request(token.secret, learn, budget.user);
        const value = await budget.spend(requestId, purpose, send);
        users.accept(token);
        return { value };
      } catch (error) {
        if (isTrackerError(error, "GITHUB_BAD_CREDENTIALS")) users.refuse(token, sentAtMs);
        throw error;
      }
    }
  }

  return {
    async run(request, options) {
      const { signal, purpose } = options;
      const begunMs = performance.now();
      for (;;) {
        await users.ready(signal);
        const budget = choose(purpose);
        if (budget.isFull(purpose)) throw tooManyWaiting(now());
        const turn = budget.takeTurn(purpose, () => attempt(budget, request, options, begunMs));
        const done = await untilAborted(turn, signal);
        if (done !== null) return done.value;
      }
    },
  };
}

function tooManyWaiting(nowMs: number): TrackerError {
  return new TrackerError(
    "GITHUB_RATE_LIMITED",
    "Too many requests of this process are waiting for their turn at GitHub.",
    { limit: "local", retryAt: new Date(nowMs + WAITING_RETRY_MS), isPacing: true },
  );
}
