import { createHash } from "node:crypto";
import Bottleneck from "bottleneck";
import type { Logger } from "pino";
import { type ErrorDetails, isTrackerError, TrackerError } from "../domain/errors.js";

/** At most this many requests at once for one token; GitHub's own limit for a user is 100. */
const CONCURRENCY_MAX = 10;
const WAITING_MAX = 200;

interface TokenState {
  readonly token: string;
  /** For logs: its place and the beginning of a hash, never the token. */
  readonly label: string;
  readonly limiter: Bottleneck;
  remaining: number;
  pausedUntilMs: number;
  isBad: boolean;
}

export interface Spent {
  readonly remaining: number | undefined;
  readonly resetAt: Date | undefined;
}

/** Which token a request goes out with, and that none goes out while GitHub said to wait. */
export interface TokenBudget {
  /**
   * Runs `request` with the token that has most left. Rejects with `GITHUB_RATE_LIMITED` while all
   * are paused and `GITHUB_BAD_CREDENTIALS` when none is accepted. A rate limit or a refusal that
   * `request` rejects with is remembered for its token.
   */
  run<T>(request: (token: string) => Promise<{ value: T; spent: Spent }>): Promise<T>;
}

export function createTokenBudget({
  tokens,
  logger,
  now = Date.now,
}: {
  tokens: readonly string[];
  logger: Logger;
  now?: () => number;
}): TokenBudget {
  const states = tokens.map(
    (token, index): TokenState => ({
      token,
      label: `${index + 1}:${createHash("sha256").update(token).digest("hex").slice(0, 8)}`,
      limiter: new Bottleneck({
        maxConcurrent: CONCURRENCY_MAX,
        highWater: WAITING_MAX,
        strategy: Bottleneck.strategy.BLOCK,
      }),
      remaining: Number.POSITIVE_INFINITY,
      pausedUntilMs: 0,
      isBad: false,
    }),
  );

  function choose(): TokenState {
    const good = states.filter(({ isBad }) => !isBad);
    if (good.length === 0) {
      throw new TrackerError(
        "GITHUB_BAD_CREDENTIALS",
        "GitHub accepts none of the tokens in GITHUB_TOKENS.",
      );
    }
    const ready = good.filter(({ pausedUntilMs }) => pausedUntilMs <= now());
    const [best] = ready.sort((a, b) => b.remaining - a.remaining);
    if (best !== undefined) return best;
    const retryAt = new Date(Math.min(...good.map(({ pausedUntilMs }) => pausedUntilMs)));
    throw new TrackerError(
      "GITHUB_RATE_LIMITED",
      `GitHub said to wait; no request before ${retryAt.toISOString()}.`,
      { retryAt },
    );
  }

  function remember(state: TokenState, code: string, details: ErrorDetails): void {
    if (code === "GITHUB_RATE_LIMITED" && details.retryAt !== undefined) {
      state.pausedUntilMs = Math.max(state.pausedUntilMs, details.retryAt.getTime());
      logger.warn({ token: state.label, until: details.retryAt }, "github said to wait");
    }
    if (code === "GITHUB_BAD_CREDENTIALS" && !state.isBad) {
      state.isBad = true;
      logger.error({ token: state.label }, "github does not accept this token, set aside");
    }
  }

  return {
    async run(request) {
      const chosen = choose();
      return await chosen.limiter.schedule(async () => {
        // Another request of this token may have been refused while this one waited for its turn.
        const state = chosen.isBad || chosen.pausedUntilMs > now() ? choose() : chosen;
        try {
          const { value, spent } = await request(state.token);
          state.remaining = spent.remaining ?? state.remaining;
          if (spent.remaining === 0 && spent.resetAt !== undefined) {
            state.pausedUntilMs = Math.max(state.pausedUntilMs, spent.resetAt.getTime());
          }
          return value;
        } catch (error) {
          if (isTrackerError(error)) remember(state, error.code, error.details);
          throw error;
        }
      });
    },
  };
}
