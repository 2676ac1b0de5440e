import type { RateWindow } from "./limits/rate-limit.js";
import { newRateWindow } from "./limits/rate-limit.js";
import type { SecondaryUse } from "./limits/secondary-limit.js";
import { newSecondaryUse } from "./limits/secondary-limit.js";

export interface UserSpec {
  readonly login: string;
  /** Default: made from the login. */
  readonly databaseId?: number;
  /** Several tokens of one user share one budget. */
  readonly tokens: readonly string[];
  /** Default 5,000. */
  readonly pointsPerHour?: number;
}

/** Who asks: GitHub's budgets belong to users, not to tokens. */
export interface User {
  readonly login: string;
  readonly databaseId: number;
  readonly points: RateWindow;
  readonly secondary: SecondaryUse;
}

/** Whom a commit's e-mail belongs to. */
export interface Account {
  readonly login: string;
  readonly databaseId: number;
}

export const POINTS_PER_HOUR = 5_000;
const NOREPLY = /^(?:(\d+)\+)?([a-z\d][a-z\d-]*(?:\[bot\])?)@users\.noreply\.github\.com$/i;

export class Accounts {
  readonly #users = new Map<string, User>();
  readonly #tokens = new Map<string, User>();
  readonly #emails = new Map<string, Account>();

  addUser({ login, databaseId, tokens, pointsPerHour = POINTS_PER_HOUR }: UserSpec): User {
    const user = this.#users.get(login) ?? {
      login,
      databaseId: databaseId ?? idOfLogin(login),
      points: newRateWindow(pointsPerHour),
      secondary: newSecondaryUse(),
    };
    user.points.limit = pointsPerHour;
    this.#users.set(login, user);
    for (const token of tokens) this.#tokens.set(token, user);
    return user;
  }

  revokeToken(token: string): void {
    this.#tokens.delete(token);
  }

  getUser(login: string): User {
    const user = this.#users.get(login);
    if (user === undefined) throw new Error(`the GitHub stand-in has no user ${login}`);
    return user;
  }

  /** In any letter case. */
  findUser(login: string): User | null {
    const key = login.toLowerCase();
    return [...this.#users.values()].find((user) => user.login.toLowerCase() === key) ?? null;
  }

  userOfToken(token: string): User | null {
    return this.#tokens.get(token) ?? null;
  }

  linkEmail(email: string, login: string): void {
    this.#emails.set(email.toLowerCase(), { login, databaseId: idOfLogin(login) });
  }

  /** By the table of `linkEmail`, or GitHub's own `<login>@users.noreply.github.com`. */
  accountOfEmail(email: string): Account | null {
    const linked = this.#emails.get(email.toLowerCase());
    if (linked) return linked;
    const [, id, login] = NOREPLY.exec(email) ?? [];
    if (login === undefined) return null;
    return { login, databaseId: id === undefined ? idOfLogin(login) : Number(id) };
  }

  resetUse(): void {
    for (const user of this.#users.values()) {
      Object.assign(user.points, newRateWindow(user.points.limit));
      Object.assign(user.secondary, newSecondaryUse(), { inFlight: user.secondary.inFlight });
    }
  }
}

/** The same login has the same id in every process (FNV-1a, kept below GitHub's 32-bit ids). */
export function idOfLogin(login: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(login.toLowerCase())) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash % 200_000_000;
}
