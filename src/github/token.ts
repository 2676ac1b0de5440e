import { createHash } from "node:crypto";
import type { BudgetUser } from "./budget-ledger.js";

/** What an HTTP header can carry and a token can consist of. */
const TOKEN_SHAPE = /^[\x21-\x7e]+$/;
/**
 * A refused token is mostly accepted again: single refusals come among good answers, and an
 * organisation's policy or an outage at GitHub ends some time. So it is asked about after seconds, and
 * ever more rarely from refusal to refusal.
 */
const SET_ASIDE_MS_MIN = 5_000;
const SET_ASIDE_MS_MAX = 3_600_000;

const SECRET_LENGTH_MIN = 8; // anything shorter is no secret, and found in ordinary words

export interface Token {
  readonly secret: string;
  /** For logs: its place and the beginning of a hash, never the token. */
  readonly label: string;
  readonly fingerprint: string;
  /** Null: it is not known whose it is, or not accepted. */
  user: BudgetUser | null;
  /** GitHub has refused it, and not said since whose it is: the ledger's word is not enough. */
  isSetAside: boolean;
  setAsideUntilMs: number;
  refusedAtMs: number;
  /** In a row, without an answer between them. */
  refusals: number;
  /** Whether GitHub was asked whose it is, and when that may be done again beside others. */
  isAsked: boolean;
  askAgainAtMs: number;
}

export function openToken(secret: string, index: number): Token {
  const fingerprint = fingerprintOf(secret);
  return {
    ...{ secret, fingerprint, label: `${index + 1}:${fingerprint.slice(0, 8)}` },
    ...{ user: null, isSetAside: false, setAsideUntilMs: 0, refusals: 0 },
    ...{ refusedAtMs: Number.NEGATIVE_INFINITY, isAsked: false, askAgainAtMs: 0 },
  };
}

/**
 * Takes note of a refusal. False where that is none of its own: requests that were under way together
 * are refused together.
 */
export function refuseToken(token: Token, sentAtMs: number, nowMs: number): boolean {
  if (sentAtMs <= token.refusedAtMs) return false;
  token.refusals += 1;
  token.refusedAtMs = nowMs;
  const waitMs = Math.min(SET_ASIDE_MS_MIN * 2 ** (token.refusals - 1), SET_ASIDE_MS_MAX);
  setTokenAside(token, nowMs + waitMs);
  return true;
}

export function setTokenAside(token: Token, untilMs: number): void {
  token.isSetAside = true;
  token.setAsideUntilMs = untilMs;
  token.user = null;
}

/** Whether it can be sent at all. */
export function isTokenShaped(token: string): boolean {
  return TOKEN_SHAPE.test(token);
}

/** The beginning of a token's hash: enough to know it again, nothing to guess it by. */
export function fingerprintOf(token: string): string {
  return createHash("sha256").update(token).digest("hex").slice(0, 16);
}

export function withoutToken(text: string, token: string): string {
  return token.length < SECRET_LENGTH_MIN ? text : text.replaceAll(token, "[secret]");
}
