import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { TrackerError } from "../../domain/errors.js";
import type { ApiLimit } from "../../telemetry/metrics/api-metrics.js";
import type { Caller } from "./key-ring.js";

/** Counts one. Rejects with `RATE_LIMITED` when there were too many in this minute. */
export interface RateLimit {
  /** By key, or by address (a `ClientAddress`) where none is needed. */
  countOperation(caller: Caller, address: string): Promise<void>;
  /** By address. Never keeps out a key that is right. */
  countRefusal(address: string): Promise<void>;
}

/** Of this process. Zero: no limit. */
export function createRateLimit(operationsPerMinute: number): RateLimit {
  const limiter = new RateLimiterMemory({ points: operationsPerMinute, duration: 60 });
  const count = async (who: string, limitHit: ApiLimit) => {
    if (operationsPerMinute === 0) return;
    try {
      await limiter.consume(who);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const message = `More than ${operationsPerMinute} operations in a minute; wait a little.`;
      const retryAt = new Date(Date.now() + refusal.msBeforeNext);
      throw new TrackerError("RATE_LIMITED", message, { retryAt, limitHit });
    }
  };
  return {
    countOperation: ({ keyId }, address) =>
      count(keyId === null ? address : `key ${keyId}`, "operations"),
    countRefusal: (address) => count(address, "keys"),
  };
}
