const MINUTE = 60_000;

/** Secondary limits per user, as documented; the rest of GitHub's are undisclosed. */
export interface SecondaryLimits {
  readonly concurrentMax: number;
  readonly queriesPerMinuteMax: number;
  /** Sum of the response times that ended in the last minute. */
  readonly responseMsPerMinuteMax: number;
  /** How long GitHub says to wait. */
  readonly retryAfterMs: number;
}

export const SECONDARY_LIMITS: SecondaryLimits = {
  concurrentMax: 100,
  queriesPerMinuteMax: 2_000,
  responseMsPerMinuteMax: MINUTE,
  retryAfterMs: MINUTE,
};

interface Use {
  readonly atMs: number;
  readonly ms: number;
}

/** What one user did in the last minute. */
export interface SecondaryUse {
  inFlight: number;
  limitedUntilMs: number;
  /** Starts of queries. */
  starts: number[];
  responses: Use[];
  responseMs: number;
}

export function newSecondaryUse(): SecondaryUse {
  return { inFlight: 0, limitedUntilMs: 0, starts: [], responses: [], responseMs: 0 };
}

export type SecondaryReason = "concurrency" | "queries" | "time" | "told-to-wait";

export interface SecondaryRefusal {
  readonly reason: SecondaryReason;
  readonly waitMs: number;
}

/** Null when the query may run, and then it counts. */
export function admit(
  use: SecondaryUse,
  limits: SecondaryLimits,
  nowMs: number,
): SecondaryRefusal | null {
  if (nowMs < use.limitedUntilMs) {
    return { reason: "told-to-wait", waitMs: use.limitedUntilMs - nowMs };
  }
  use.starts = dropOlder(use.starts, (at) => at <= nowMs - MINUTE);
  const reason = overstepped(use, limits, nowMs);
  if (reason === null) {
    use.starts.push(nowMs);
    return null;
  }
  use.limitedUntilMs = nowMs + limits.retryAfterMs;
  return { reason, waitMs: limits.retryAfterMs };
}

function overstepped(
  use: SecondaryUse,
  limits: SecondaryLimits,
  nowMs: number,
): SecondaryReason | null {
  if (use.inFlight >= limits.concurrentMax) return "concurrency";
  if (use.starts.length >= limits.queriesPerMinuteMax) return "queries";
  return responseMsOfLastMinute(use, nowMs) >= limits.responseMsPerMinuteMax ? "time" : null;
}

export function recordResponse(use: SecondaryUse, ms: number, nowMs: number): void {
  use.responses.push({ atMs: nowMs, ms });
  use.responseMs += ms;
}

function responseMsOfLastMinute(use: SecondaryUse, nowMs: number): number {
  const kept = dropOlder(use.responses, ({ atMs }) => atMs <= nowMs - MINUTE);
  if (kept.length !== use.responses.length) {
    use.responses = kept;
    use.responseMs = kept.reduce((sum, { ms }) => sum + ms, 0);
  }
  return use.responseMs;
}

/** Times come in order, so what is too old stands in front. */
function dropOlder<Item>(items: Item[], isOld: (item: Item) => boolean): Item[] {
  const first = items.findIndex((item) => !isOld(item));
  if (first === 0) return items;
  return first < 0 ? [] : items.slice(first);
}
