import { createHash } from "node:crypto";
import Bottleneck from "bottleneck";
import type { Logger } from "pino";
import { isTrackerError, TrackerError } from "../domain/errors.js";
import type { Limits } from "./raw-answer.js";

/** At most this many requests at once for one token; GitHub's own limit for a user is 100. */
const CONCURRENCY_MAX = 10;
/** More than this many waiting for one token is a fault of the caller's own bounds. */
const WAITING_MAX = 200;
const WAITING_RETRY_MS = 1_000;
/** What a user's token has in an hour, until GitHub says how much is left. */
const POINTS_PER_HOUR = 5_000;
/** What an HTTP header can carry and a token can consist of. */
const TOKEN_SHAPE = /^[\x21-\x7e]+$/;

interface TokenState {
  readonly token: string;
  /** For logs: its place and the beginning of a hash, never the token. */
  readonly label: string;
  readonly limiter: Bottleneck;
  remaining: number;
  resetAtMs: number;
  pausedUntilMs: number;
  isBad: boolean;
  /** Requests running and waiting. */
  taken: number;
}

/** Which token a request goes out with, and that none goes out while GitHub said to wait. */
export interface TokenBudget {
  /**
   * Runs `request` with the token that has most left. It calls `learn` with the limits of every
   * answer; a rate limit or a refusal that it rejects with is remembered for its token. Rejects
   * with `GITHUB_RATE_LIMITED` while all tokens are paused, `GITHUB_BAD_CREDENTIALS` when none is
   * accepted, and the signal's reason at once when it is aborted, waiting or not.
   */
  run<T>(request: TokenRequest<T>, signal: AbortSignal): Promise<T>;
}

type TokenRequest<T> = (token: string, learn: (limits: Limits) => void) => Promise<T>;

export function createTokenBudget({
  tokens,
  logger,
  now = Date.now,
}: {
  tokens: readonly string[];
  logger: Logger;
  now?: () => number;
}): TokenBudget {
  const states = tokens.map(openState);
  for (const state of states) {
    // Tried, it would come back in the error of the request that it breaks.
    if (!TOKEN_SHAPE.test(state.token)) setAside(state, "token has impossible characters");
  }

  function setAside(state: TokenState, reason: string): void {
    if (state.isBad) return;
    state.isBad = true;
    logger.error({ token: state.label, reason }, "github does not accept this token, set aside");
  }

  function choose(): TokenState {
    const good = states.filter(({ isBad }) => !isBad);
    if (good.length === 0) {
      const message = "GitHub accepts none of the tokens in GITHUB_TOKENS.";
      throw new TrackerError("GITHUB_BAD_CREDENTIALS", message);
    }
    const nowMs = now();
    const left = ({ remaining, resetAtMs, taken }: TokenState) =>
      (resetAtMs > nowMs ? remaining : POINTS_PER_HOUR) - taken;
    const ready = good.filter(({ pausedUntilMs }) => pausedUntilMs <= nowMs);
    const [best] = ready.sort((a, b) => left(b) - left(a));
    if (best !== undefined) return best;
    const retryAt = new Date(Math.min(...good.map(({ pausedUntilMs }) => pausedUntilMs)));
    const message = `GitHub said to wait; no request before ${retryAt.toISOString()}.`;
    throw new TrackerError("GITHUB_RATE_LIMITED", message, { retryAt });
  }

  function remember(state: TokenState, error: unknown): void {
    if (isTrackerError(error, "GITHUB_BAD_CREDENTIALS")) setAside(state, "refused");
    if (!isTrackerError(error, "GITHUB_RATE_LIMITED")) return;
    const { retryAt, limit } = error.details;
    if (retryAt === undefined) return;
    state.pausedUntilMs = Math.max(state.pausedUntilMs, retryAt.getTime());
    logger.warn({ token: state.label, limit, until: retryAt }, "github said to wait");
  }

  /** Null when the token was refused or paused while the request waited for its turn. */
  async function runWith<T>(
    state: TokenState,
    request: TokenRequest<T>,
    signal: AbortSignal,
  ): Promise<{ value: T } | null> {
    signal.throwIfAborted();
    if (state.isBad || state.pausedUntilMs > now()) return null;
    try {
      return { value: await request(state.token, (limits) => learn(state, limits)) };
    } catch (error) {
      remember(state, error);
      throw error;
    }
  }

  return {
    async run(request, signal) {
      for (;;) {
        signal.throwIfAborted();
        const state = choose();
        if (state.taken >= CONCURRENCY_MAX + WAITING_MAX) throw tooManyWaiting(now());
        state.taken += 1;
        const turn = state.limiter
          .schedule(() => runWith(state, request, signal))
          .finally(() => {
            state.taken -= 1;
          });
        const done = await untilAborted(turn, signal);
        if (done !== null) return done.value;
      }
    },
  };
}

function openState(token: string, index: number): TokenState {
  return {
    token,
    label: `${index + 1}:${createHash("sha256").update(token).digest("hex").slice(0, 8)}`,
    limiter: new Bottleneck({ maxConcurrent: CONCURRENCY_MAX }),
    remaining: POINTS_PER_HOUR,
    resetAtMs: 0,
    pausedUntilMs: 0,
    isBad: false,
    taken: 0,
  };
}

/** Answers overtake each other: within one hour the lowest number is the latest. */
function learn(state: TokenState, { remaining, resetAt }: Limits): void {
  if (remaining === undefined || resetAt === undefined) return;
  const resetAtMs = resetAt.getTime();
  if (resetAtMs < state.resetAtMs) return;
  const isSameHour = resetAtMs === state.resetAtMs;
  state.remaining = isSameHour ? Math.min(state.remaining, remaining) : remaining;
  state.resetAtMs = resetAtMs;
  if (remaining === 0) state.pausedUntilMs = Math.max(state.pausedUntilMs, resetAtMs);
}

function tooManyWaiting(nowMs: number): TrackerError {
  return new TrackerError(
    "GITHUB_RATE_LIMITED",
    "Too many requests of this process are waiting for their turn at GitHub.",
    { limit: "local", retryAt: new Date(nowMs + WAITING_RETRY_MS) },
  );
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
