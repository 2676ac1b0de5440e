import { isIPv6 } from "node:net";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { TrackerError } from "../../domain/errors.js";
import type { Caller } from "./key-ring.js";

/** Counts one. Rejects with `RATE_LIMITED` when there were too many in this minute. */
export interface RateLimit {
  /** By key, or by address where none is needed. */
  countOperation(caller: Caller, address: string): Promise<void>;
  /** By address. Never keeps out a key that is right. */
  countRefusal(address: string): Promise<void>;
}

/** Of this process. Zero: no limit. */
export function createRateLimit(operationsPerMinute: number): RateLimit {
  const limiter = new RateLimiterMemory({ points: operationsPerMinute, duration: 60 });
  const count = async (who: string) => {
    if (operationsPerMinute === 0) return;
    try {
      await limiter.consume(who);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const message = `More than ${operationsPerMinute} operations in a minute; wait a little.`;
      const retryAt = new Date(Date.now() + refusal.msBeforeNext);
      throw new TrackerError("RATE_LIMITED", message, { retryAt });
    }
  };
  return {
    countOperation: ({ keyId }, address) =>
      count(keyId === null ? networkOf(address) : `key ${keyId}`),
    countRefusal: (address) => count(networkOf(address)),
  };
}

/** One host has 2^64 addresses of IPv6: their common half counts. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith("::ffff:")) return address;
  const [head = "", tail = ""] = address.split("::");
  const [left, right] = [head, tail].map((part) => (part === "" ? [] : part.split(":")));
  const zeros = Array.from({ length: 8 - (left?.length ?? 0) - (right?.length ?? 0) }, () => "0");
  return [...(left ?? []), ...zeros, ...(right ?? [])].slice(0, 4).join(":");
}
