import type { HourLimits } from "../../../src/domain/rate-account.js";
import { NO_LIMITS } from "../../../src/domain/rate-account.js";
import type { BudgetLedger } from "../../../src/github/budget-ledger.js";
import { createInMemoryBudgetLedger } from "../../../src/github/in-memory-budget-ledger.js";
import { Agenda } from "./agenda.js";
import { HOUR } from "./world.js";

const USER = { userId: 1n, login: "octocat" };
/** What GitHub gives one user, and what the product is told of it. */
export const BUDGET = { users: 1, pointsPerHour: 5_000 };

export interface VirtualRequest {
  readonly points: number;
  readonly gitHubMs: number;
  readonly onAnswer: (sentAt: number, answeredAt: number) => void;
}

/**
 * Sends requests on a virtual clock, each with the leave of the product's own ledger: what it refuses
 * waits, first come first served, and GitHub's points and their reset are told with every answer.
 */
export class VirtualGitHub {
  readonly #agenda = new Agenda();
  readonly #ledger: BudgetLedger | null;
  readonly #waiting: VirtualRequest[] = [];
  #clock = 0;
  #wakesAt = Number.POSITIVE_INFINITY;
  #hourEndsAt = 0;
  #pointsLeft = 0;

  /** Without a budget every request goes out at once. */
  constructor(isBudgeted: boolean) {
    this.#ledger = isBudgeted ? createInMemoryBudgetLedger({ now: () => this.#clock }) : null;
  }

  async begin(at: number): Promise<void> {
    this.#clock = at;
    await this.#ledger?.register(USER, [], NO_LIMITS);
  }

  send(at: number, request: VirtualRequest): void {
    this.#agenda.put(at, () => {
      this.#waiting.push(request);
      return this.#pump();
    });
  }

  hasNews(until: number): boolean {
    return this.#agenda.nextAt() <= until;
  }

  /** Everything that happens up to then. */
  async run(until: number): Promise<void> {
    for (let at = this.#agenda.nextAt(); at <= until; at = this.#agenda.nextAt()) {
      this.#clock = Math.max(this.#clock, at);
      await this.#agenda.runNext();
    }
  }

  async #pump(): Promise<void> {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const requestId = await this.#acquire();
      if (requestId === null) return;
      this.#waiting.shift();
      this.#begin(next, requestId);
    }
  }

  /** Null: refused for now; it is asked again when the wait is over or a request has ended. */
  async #acquire(): Promise<bigint | null> {
    if (this.#ledger === null) return 0n;
    const acquired = await this.#ledger.acquire(USER.userId, "live");
    if (acquired.granted) return acquired.requestId;
    const wakesAt = Math.max(acquired.until.getTime(), this.#clock + 1);
    if (this.#wakesAt > this.#clock && this.#wakesAt <= wakesAt) return null;
    this.#wakesAt = wakesAt;
    this.#agenda.put(wakesAt, () => this.#pump());
    return null;
  }

  #begin({ points, gitHubMs, onAnswer }: VirtualRequest, requestId: bigint): void {
    const sentAt = this.#clock;
    this.#agenda.put(sentAt + gitHubMs, async () => {
      const limits = this.#charge(points);
      const outcome = {
        kind: "answered",
        purpose: "live",
        points,
        limits,
        isSuccess: true,
      } as const;
      await this.#ledger?.settle(requestId, outcome);
      onAnswer(sentAt, this.#clock);
      await this.#pump();
    });
  }

  #charge(points: number): HourLimits {
    if (this.#clock >= this.#hourEndsAt) {
      this.#hourEndsAt = this.#clock + HOUR;
      this.#pointsLeft = BUDGET.pointsPerHour;
    }
    this.#pointsLeft = Math.max(0, this.#pointsLeft - points);
    return {
      limit: BUDGET.pointsPerHour,
      remaining: this.#pointsLeft,
      resetAt: new Date(this.#hourEndsAt),
    };
  }
}
