import type { HourLimits } from "../domain/rate-account.js";
import { byOurClock } from "./github-clock.js";

/** GitHub's answer as it came, success included. Header names in lower case. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed where it was JSON, else the text. */
  readonly body: unknown;
}

/** `type` is a top-level member of GitHub's errors; the code of a faulty query is an extension. */
export interface GitHubGraphqlError {
  readonly type?: string;
  readonly code?: string;
  readonly path?: readonly (string | number)[];
  readonly message: string;
}

const MINUTE_MS = 60_000;
/** GitHub names no time that is further off: a broken header would silence a token for good. */
const WAIT_MS_MAX = 24 * 60 * MINUTE_MS;
const RESET_MS_MAX = 61 * MINUTE_MS; // GitHub counts by the hour
const WAIT_MS_MIN = 1_000; // `retry-after: 0` must not make a busy loop
const PASSED_MS_MAX = 2_000; // it may have passed while the answer was on its way

export function readBody(body: unknown) {
  const members = isObject(body) ? body : {};
  return {
    data: members.data,
    errors: errorsOf(body),
    message: typeof members.message === "string" ? members.message : "",
    documentationUrl:
      typeof members.documentation_url === "string" ? members.documentation_url : "",
    /** Of an answer that is not JSON: a proxy's page, mostly. */
    text: typeof body === "string" ? body : "",
  };
}

export function errorsOf(body: unknown): readonly GitHubGraphqlError[] {
  if (!isObject(body) || !Array.isArray(body.errors)) return [];
  return body.errors.filter(isObject).map(({ message, type, path, code, extensions }) => {
    const ownCode = code ?? (isObject(extensions) ? extensions.code : undefined);
    return {
      message: typeof message === "string" ? message : "An error without a message.",
      ...(typeof type === "string" && { type }),
      ...(typeof ownCode === "string" && { code: ownCode }),
      ...(Array.isArray(path) && { path: path as (string | number)[] }),
    };
  });
}

/**
 * The points and their reset, from the headers that every answer within the limits carries, or else,
 * where something on the way has dropped them, from what the answer says of `rateLimit`.
 */
export function limitsOf({ headers, body }: RawAnswer, nowMs: number): HourLimits {
  const told = {
    limit: pointsIn(headers["x-ratelimit-limit"]),
    remaining: pointsIn(headers["x-ratelimit-remaining"]),
    resetAt: resetAt(headers, nowMs) ?? undefined,
  };
  if (told.remaining !== undefined && told.resetAt !== undefined) return told;
  const { remaining, resetAt: reset, limit } = rateLimitOf(body);
  return {
    limit: told.limit ?? pointsIn(limit),
    remaining: pointsIn(remaining),
    resetAt: resetNear(Date.parse(String(reset)), headers, nowMs) ?? undefined,
  };
}

/** What a query took by GitHub's account. */
export function pointsOf({ body }: RawAnswer): number {
  return pointsIn(rateLimitOf(body).cost) ?? 0;
}

function rateLimitOf(body: unknown): Record<string, unknown> {
  const { data } = readBody(body);
  const rateLimit = isObject(data) ? data.rateLimit : null;
  return isObject(rateLimit) ? rateLimit : {};
}

function pointsIn(told: unknown): number | undefined {
  const text = String(told ?? "").trim();
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/**
 * `retry-after`: seconds or an HTTP date; null where it makes no sense, as if there were none.
 * https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfter(headers: RawAnswer["headers"], nowMs: number): Date | null {
  const value = headers["retry-after"]?.trim() ?? "";
  const isSeconds = /^\d+$/.test(value);
  const ms = isSeconds
    ? nowMs + Number(value) * 1_000
    : byOurClock(Date.parse(value), headers, nowMs);
  return soon(ms, nowMs, WAIT_MS_MAX);
}

/** `x-ratelimit-reset` by our clock; null when it is past, or no end of an hour. */
export function resetAt(headers: RawAnswer["headers"], nowMs: number): Date | null {
  return resetNear(Number(headers["x-ratelimit-reset"]) * 1_000, headers, nowMs);
}

function resetNear(ms: number, headers: RawAnswer["headers"], nowMs: number): Date | null {
  return soon(byOurClock(ms, headers, nowMs), nowMs, RESET_MS_MAX);
}

/** What GitHub asks for where it names no time: "wait for at least one minute". */
export function aMinuteFrom(nowMs: number): Date {
  return new Date(nowMs + MINUTE_MS);
}

export function requestIdOf(headers: RawAnswer["headers"]): { requestId?: string } {
  const requestId = headers["x-github-request-id"];
  return requestId === undefined ? {} : { requestId };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function soon(ms: number, nowMs: number, waitMsMax: number): Date | null {
  if (!(ms > nowMs - PASSED_MS_MAX && ms <= nowMs + waitMsMax)) return null;
  return new Date(Math.max(ms, nowMs + WAIT_MS_MIN));
}
