import type { SecondaryReason } from "./secondary-limit.js";

const MINUTE_MS = 60_000;
const MINUTES_KEPT_MAX = 24 * 60;
const LOOK_TIMES_KEPT_MAX = 100;
const NOTHING = { requests: 0, points: 0, gitHubMs: 0 };

/** Why a request was refused: the hour's points, or one of the limits of a minute. */
export type RefusalReason = "points" | SecondaryReason;

/** What requests that were let in took. */
export interface Use {
  readonly requests: number;
  readonly points: number;
  /** GitHub's own time. */
  readonly gitHubMs: number;
}

export interface MinuteUse extends Use {
  /** Milliseconds since 1970, when the minute began. */
  readonly at: number;
}

/** How often the head of a repository's default branch was read. */
export interface LookCount {
  readonly count: number;
  /** Milliseconds since 1970, of the first hundred. */
  readonly times: readonly number[];
}

/** What was used of this GitHub, and what it refused, by its own account. */
export interface UseReport extends Use {
  /** By operation name; "" for those without. */
  readonly operations: Readonly<Record<string, Use>>;
  /** The latest day, oldest first; minutes without a request are left out. */
  readonly minutes: readonly MinuteUse[];
  readonly refusals: Readonly<Partial<Record<RefusalReason, number>>>;
  /** By `owner/name`. */
  readonly looks: Readonly<Record<string, LookCount>>;
}

interface Answered {
  readonly operationName: string | null;
  readonly points: number;
  readonly gitHubMs: number;
}

/** Keeps the counts of a `UseReport`. */
export class UseRecord {
  #total: Use = NOTHING;
  #minutes: MinuteUse[] = [];
  readonly #operations = new Map<string, Use>();
  readonly #refusals = new Map<RefusalReason, number>();
  readonly #looks = new Map<number, { count: number; times: number[] }>();

  /** A request that was let in, at its end. */
  add({ operationName, ...use }: Answered, nowMs: number): void {
    this.#total = plus(this.#total, use);
    const name = operationName ?? "";
    this.#operations.set(name, plus(this.#operations.get(name) ?? NOTHING, use));
    const at = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
    const last = this.#minutes.at(-1);
    if (last?.at === at) {
      this.#minutes[this.#minutes.length - 1] = { at, ...plus(last, use) };
      return;
    }
    this.#minutes.push({ at, ...plus(NOTHING, use) });
    if (this.#minutes.length > MINUTES_KEPT_MAX) this.#minutes.shift();
  }

  refuse(reason: RefusalReason): void {
    this.#refusals.set(reason, (this.#refusals.get(reason) ?? 0) + 1);
  }

  look(databaseId: number, nowMs: number): void {
    const looks = this.#looks.get(databaseId) ?? { count: 0, times: [] };
    looks.count += 1;
    if (looks.times.length < LOOK_TIMES_KEPT_MAX) looks.times.push(nowMs);
    this.#looks.set(databaseId, looks);
  }

  /** Repositories go by the name they have now; those that are gone are left out. */
  report(nameOf: (databaseId: number) => string | null): UseReport {
    const looks = [...this.#looks].flatMap(([databaseId, { count, times }]) => {
      const name = nameOf(databaseId);
      return name === null ? [] : [[name, { count, times: [...times] }] as const];
    });
    return {
      ...this.#total,
      operations: Object.fromEntries(this.#operations),
      minutes: [...this.#minutes],
      refusals: Object.fromEntries(this.#refusals),
      looks: Object.fromEntries(looks),
    };
  }

  clear(): void {
    this.#total = NOTHING;
    this.#minutes = [];
    this.#operations.clear();
    this.#refusals.clear();
    this.#looks.clear();
  }
}

function plus(before: Use, { points, gitHubMs }: Omit<Use, "requests">): Use {
  return {
    requests: before.requests + 1,
    points: before.points + points,
    gitHubMs: before.gitHubMs + gitHubMs,
  };
}
