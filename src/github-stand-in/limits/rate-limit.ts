const WINDOW_MS = 3_600_000;

/** The primary limit of one user: a fixed window that begins with the first charge after the last one. */
export interface RateWindow {
  limit: number;
  used: number;
  /** 0 before the first charge. */
  resetAtMs: number;
}

export interface RateSnapshot {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  readonly resetAtMs: number;
}

/** GitHub tells the primary limit in two ways; which one is on the wire changes over the years. */
export type PrimaryForm = "RATE_LIMITED" | "RATE_LIMIT";

export function newRateWindow(limit: number): RateWindow {
  return { limit, used: 0, resetAtMs: 0 };
}

export function readWindow(window: RateWindow, nowMs: number): RateSnapshot {
  const isOver = nowMs >= window.resetAtMs;
  const used = isOver ? 0 : window.used;
  // GitHub's reset is in whole seconds; rounding up never promises points too early.
  const resetAtMs = isOver ? nowMs + WINDOW_MS : window.resetAtMs;
  return {
    limit: window.limit,
    used,
    remaining: Math.max(0, window.limit - used),
    resetAtMs: Math.ceil(resetAtMs / 1000) * 1000,
  };
}

/** Takes points. The query that takes the last one still answers, and `used` may pass the limit. */
export function charge(window: RateWindow, points: number, nowMs: number): RateSnapshot {
  const { used, resetAtMs } = readWindow(window, nowMs);
  window.used = used + points;
  window.resetAtMs = resetAtMs;
  return readWindow(window, nowMs);
}

export function rateHeaders(snapshot: RateSnapshot): Record<string, string> {
  return {
    "x-ratelimit-limit": String(snapshot.limit),
    "x-ratelimit-remaining": String(snapshot.remaining),
    "x-ratelimit-used": String(snapshot.used),
    "x-ratelimit-reset": String(snapshot.resetAtMs / 1000),
    "x-ratelimit-resource": "graphql",
  };
}

export function primaryLimitError(form: PrimaryForm, userDatabaseId: number) {
  return form === "RATE_LIMITED"
    ? { type: form, message: `API rate limit exceeded for user ID ${userDatabaseId}.` }
    : {
        type: form,
        code: "graphql_rate_limit",
        message: `API rate limit already exceeded for user ID ${userDatabaseId}.`,
      };
}
