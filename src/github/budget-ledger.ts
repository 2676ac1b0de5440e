import type { HourLimits, Purpose, RateAccount, RequestOutcome } from "../domain/rate-account.js";
import type { WaitReason } from "../domain/rate-budget.js";

/** A GitHub user: whom a budget belongs to, whatever the number of their tokens. */
export interface BudgetUser {
  /** GitHub's `databaseId`; negative where GitHub has none. */
  readonly userId: bigint;
  readonly login: string;
}

/** On whose account it is asked whose a token is. */
export const NOBODY: BudgetUser = { userId: 0n, login: "" };

export interface KnownUser extends BudgetUser {
  /** Of their tokens, those that were asked for. */
  readonly fingerprints: readonly string[];
  readonly account: RateAccount;
}

export type Acquired =
  | { readonly granted: true; readonly requestId: bigint; readonly account: RateAccount }
  | {
      readonly granted: false;
      /** There is no use in asking again before. */
      readonly until: Date;
      readonly reason: WaitReason;
      readonly account: RateAccount;
    };

/**
 * PORT. The budgets of GitHub's users, one for all processes that spend them.
 *
 * - Whatever was settled before is heeded by every `acquire` that begins after: a pause told to one
 *   process is a pause for all.
 * - However many acquire at once, what is granted keeps within `GITHUB_PACE` and the points.
 * - While live work that was refused for pacing in one process is to come again, backfill is refused in all.
 * - A request that is never settled counts as under way until its process must have given it up.
 * - Times are given and returned by the caller's clock, accounts as they stand at that moment.
 */
export interface BudgetLedger {
  /** Whose these tokens are, as far as it was registered. */
  knownUsers(fingerprints: readonly string[]): Promise<KnownUser[]>;
  /** Remembers whose these tokens are, and what was heard of the user's hour on the way. */
  register(
    user: BudgetUser,
    fingerprints: readonly string[],
    limits: HourLimits,
  ): Promise<RateAccount>;
  /** Leave to send one request. Every grant must be settled. */
  acquire(userId: bigint, purpose: Purpose): Promise<Acquired>;
  /**
   * Books how it ended and what it took of GitHub's time: as long as it was under way where that is
   * left out. A second time changes nothing and returns null.
   */
  settle(
    requestId: bigint,
    outcome: RequestOutcome,
    gitHubMs?: number,
  ): Promise<RateAccount | null>;
}

/** How long a request whose process has died counts as under way after its own time is up. */
export const ABANDONED_MARGIN_MS = 30_000;
