import type { Logger } from "pino";
import { accountAt, NEW_ACCOUNT, type Purpose, type RateAccount } from "../domain/rate-account.js";
import { isPacing } from "../domain/rate-budget.js";
import type { BudgetLedger, BudgetUser } from "./budget-ledger.js";
import { type Learn, runGranted } from "./granted-request.js";
import {
  AT_ONCE,
  forgetPacing,
  forgetPoints,
  keepWait,
  type Lane,
  openLane,
  waitOf,
} from "./lane.js";
import { aMinuteFrom } from "./raw-answer.js";
import { untilAborted, type Wait } from "./wait.js";

/** More than this many waiting is a fault of the caller's own bounds. */
const WAITING_MAX = 200;
/** How seldom a place is looked for when others keep them all: a doubling time, up to this. */
const LOOK_AGAIN_MS_MAX = 1_000;
const LOOK_AGAIN_MS = 100;
export interface UserBudgetParts {
  readonly user: BudgetUser;
  readonly ledger: BudgetLedger;
  readonly logger: Logger;
  readonly now: () => number;
}

/** One user's requests within this process: so many at once, in turn, each with the ledger's leave. */
export class UserBudget {
  readonly #lanes: Readonly<Record<Purpose, Lane>> = {
    live: openLane(),
    backfill: openLane(),
  };
  readonly #wakers = new Set<() => void>();
  #account: RateAccount = NEW_ACCOUNT;

  constructor(private readonly parts: UserBudgetParts) {}

  get user(): BudgetUser {
    return this.parts.user;
  }

  /** Points left for another request of this process, by what is known here. */
  left(): number {
    const { live, backfill } = this.#lanes;
    const { remaining } = accountAt(this.#account, new Date(this.parts.now()));
    return remaining - live.taken - backfill.taken;
  }

  isFull(purpose: Purpose): boolean {
    return this.#lanes[purpose].taken >= AT_ONCE + WAITING_MAX;
  }

  /** Null: it is worth while to ask the ledger. */
  wait(purpose: Purpose): Wait | null {
    return waitOf(this.#lanes[purpose], this.parts.now());
  }

  /** Runs `work` when it is its turn in this process. */
  async takeTurn<T>(purpose: Purpose, work: () => Promise<T>): Promise<T> {
    const lane = this.#lanes[purpose];
    lane.taken += 1;
    try {
      return await lane.limiter.schedule(work);
    } finally {
      lane.taken -= 1;
    }
  }

  /** Until the wait is over, or a request of this process has ended and made room. */
  async rest(purpose: Purpose, { until }: Wait, signal: AbortSignal): Promise<void> {
    let wake = () => {};
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const timer = setTimeout(wake, Math.max(0, until.getTime() - this.parts.now()));
    this.#wakers.add(wake);
    try {
      await untilAborted(woken, signal);
      forgetPacing(this.#lanes[purpose]);
    } finally {
      clearTimeout(timer);
      this.#wakers.delete(wake);
    }
  }

  /** The ledger's leave for one request, to be spent or given back; null: there is a wait now. */
  async acquire(purpose: Purpose): Promise<bigint | null> {
    const lane = this.#lanes[purpose];
    return await lane.gate.schedule(async () => {
      if (this.wait(purpose) !== null) return null; // told to whoever asked before
      const acquired = await this.parts.ledger.acquire(this.user.userId, purpose);
      this.#learn(acquired.account);
      if (acquired.granted) {
        lane.misses = 0;
        return acquired.requestId;
      }
      const { until, reason, account } = acquired;
      const earliestMs = isPacing(reason) ? this.#lookAgainAt(lane) : 0;
      const latest = new Date(Math.max(until.getTime(), earliestMs));
      keepWait(lane, { until: latest, reason, pauseReason: account.pauseReason }, this.parts.now());
      return null;
    });
  }

  /** Sends a request that was granted. A pause it is told holds here from then on. */
  async spend<T>(
    requestId: bigint,
    purpose: Purpose,
    request: (learn: Learn) => Promise<T>,
  ): Promise<T> {
    const { ledger, logger, now } = this.parts;
    return await runGranted(
      {
        ...{ ledger, requestId, purpose, logger },
        onOutcome: (outcome) => {
          if (outcome.kind !== "refused") return;
          const until = outcome.retryAt ?? aMinuteFrom(now());
          this.#pause({ until, reason: "paused", pauseReason: outcome.limit });
        },
        onSettled: (account) => {
          this.#learn(account);
          const { pausedUntil: until, pauseReason } = account;
          if (until !== null) this.#pause({ until, reason: "paused", pauseReason });
          this.#makeRoom();
        },
      },
      request,
    );
  }

  async giveBack(requestId: bigint): Promise<void> {
    await this.parts.ledger.settle(requestId, { kind: "nothing" }, 0);
  }

  #learn(account: RateAccount): void {
    const isOtherLimit = account.limit !== this.#account.limit;
    this.#account = account;
    if (isOtherLimit) for (const lane of Object.values(this.#lanes)) forgetPoints(lane);
  }

  #pause(pause: Wait): void {
    for (const lane of Object.values(this.#lanes)) {
      const isLonger = lane.wait === null || lane.wait.until < pause.until;
      if (isLonger || isPacing(lane.wait?.reason ?? "time")) {
        keepWait(lane, pause, this.parts.now());
      }
    }
  }

  #makeRoom(): void {
    for (const lane of Object.values(this.#lanes)) forgetPacing(lane);
    for (const wake of this.#wakers) wake();
  }

  #lookAgainAt(lane: Lane): number {
    const waitMs = Math.min(LOOK_AGAIN_MS * 2 ** lane.misses, LOOK_AGAIN_MS_MAX);
    lane.misses += 1;
    return this.parts.now() + waitMs;
  }
}
