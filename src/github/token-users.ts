import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { isTrackerError, TrackerError } from "../domain/errors.js";
import { NO_LIMITS } from "../domain/rate-account.js";
import { type BudgetLedger, type BudgetUser, type KnownUser, NOBODY } from "./budget-ledger.js";
import { type Learn, runGranted } from "./granted-request.js";
import { isShort, mustWait, untilAborted, type Wait } from "./wait.js";

/** What an HTTP header can carry and a token can consist of. */
const TOKEN_SHAPE = /^[\x21-\x7e]+$/;
/** A refused token may be accepted again: an organisation's policy, an outage at GitHub. */
const SET_ASIDE_MS = 3_600_000;
/** Whose a token is, is asked again after so long where that failed and others are there to be used. */
const ASK_AGAIN_MS = 60_000;

/** Asks GitHub whose a token is. */
export type Identify = (token: string, learn: Learn, signal: AbortSignal) => Promise<BudgetUser>;

export interface Token {
  readonly secret: string;
  /** For logs: its place and the beginning of a hash, never the token. */
  readonly label: string;
  readonly fingerprint: string;
  user: BudgetUser | null;
  setAsideUntilMs: number;
  askAgainAtMs: number;
  /** The ledger's word is not enough: GitHub has refused it meanwhile. */
  isDoubtful: boolean;
}

/** The tokens, and the users behind them: several tokens of one user are no more than one. */
export interface TokenUsers {
  /**
   * Resolves once it is known whose the tokens are, as far as GitHub tells: it is asked once about
   * each, and the ledger remembers. Rejects when there is no user to go on with.
   */
  ready(signal: AbortSignal): Promise<void>;
  /** Those with a token that is accepted. */
  users(): BudgetUser[];
  tokenOf(user: BudgetUser): Token | null;
  /** GitHub refused it: not used again for an hour. */
  setAside(token: Token): void;
}

export function createTokenUsers({
  tokens: secrets,
  ledger,
  identify,
  logger,
  now,
  random,
}: {
  tokens: readonly string[];
  ledger: BudgetLedger;
  identify: Identify;
  logger: Logger;
  now: () => number;
  random: () => number;
}): TokenUsers {
  const tokens = secrets.map(openToken);
  for (const token of tokens) {
    // Tried, it would come back in the error of the request that it breaks.
    if (!isTokenShaped(token.secret)) {
      setAside(token, "it has impossible characters", Number.POSITIVE_INFINITY);
    }
  }
  /** Under way for all that wait for it; false: whoever began it has given it up. */
  let asking: Promise<boolean> | null = null;
  let failure: unknown = null;

  function setAside(token: Token, reason: string, untilMs: number): void {
    if (token.setAsideUntilMs > now()) return;
    token.setAsideUntilMs = untilMs;
    token.isDoubtful = true;
    token.user = null;
    logger.error({ token: token.label, reason }, "github does not accept this token, set aside");
  }
  const refuse = (token: Token) => setAside(token, "refused", now() + SET_ASIDE_MS);

  const users = () => {
    const known = tokens.flatMap(({ user }) =>
      user === null ? [] : ([[user.userId, user]] as const),
    );
    return [...new Map(known).values()];
  };

  function unknownTokens(): Token[] {
    const nowMs = now();
    const isAlone = users().length === 0;
    return tokens.filter(
      ({ user, setAsideUntilMs, askAgainAtMs }) =>
        user === null && setAsideUntilMs <= nowMs && (isAlone || askAgainAtMs <= nowMs),
    );
  }

  async function ask(unknown: readonly Token[], signal: AbortSignal): Promise<boolean> {
    try {
      await findUsers(unknown, signal);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    } finally {
      asking = null;
    }
  }

  async function findUsers(unknown: readonly Token[], signal: AbortSignal): Promise<void> {
    failure = null;
    const known = await ledger.knownUsers(tokens.map(({ fingerprint }) => fingerprint));
    for (const token of unknown) {
      const user = known.find(({ fingerprints }) => fingerprints.includes(token.fingerprint));
      if (!token.isDoubtful) token.user = user ?? null;
    }
    const left = unknown.filter(({ user }) => user === null);
    if (left.length === 0) return;
    try {
      // It may be another token of the user that was told to wait.
      const pause = pauseOf(known);
      if (pause !== null) throw mustWait(pause, random);
      await ledger.register(NOBODY, [], NO_LIMITS);
      for (const token of left) await findUser(token, signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      failure = error;
      const askAgainAtMs = now() + ASK_AGAIN_MS;
      for (const token of left) token.askAgainAtMs = askAgainAtMs;
      logger.warn({ err: error }, "github did not say whose a token is");
    }
  }

  async function findUser(token: Token, signal: AbortSignal): Promise<void> {
    const requestId = await acquireForNobody(signal);
    let limits = NO_LIMITS;
    try {
      const grant = { ledger, requestId, purpose: "live", logger } as const;
      const user = await runGranted(grant, (learn) =>
        identify(
          token.secret,
          (facts) => {
            limits = facts.limits;
            learn({ points: 0, limits: NO_LIMITS });
          },
          signal,
        ),
      );
      await ledger.register(user, [token.fingerprint], limits);
      token.user = user;
      token.isDoubtful = false;
      logger.info({ token: token.label, login: user.login }, "github token known");
    } catch (error) {
      if (!isTrackerError(error, "GITHUB_BAD_CREDENTIALS")) throw error;
      refuse(token);
    }
  }

  async function acquireForNobody(signal: AbortSignal): Promise<bigint> {
    for (;;) {
      const acquired = await ledger.acquire(NOBODY.userId, "live");
      if (acquired.granted) return acquired.requestId;
      const { until, reason, account } = acquired;
      const wait: Wait = { until, reason, pauseReason: account.pauseReason };
      if (!isShort(wait, now())) throw mustWait(wait, random);
      await delay(Math.max(0, until.getTime() - now()), undefined, { signal });
    }
  }

  return {
    async ready(signal) {
      for (let isAsked = false; !isAsked; ) {
        signal.throwIfAborted();
        const unknown = unknownTokens();
        if (unknown.length === 0) break;
        asking ??= ask(unknown, signal);
        isAsked = await untilAborted(asking, signal);
      }
      if (users().length > 0) return;
      throw failure ?? noneAccepted();
    },
    users,
    tokenOf: ({ userId }) => tokens.find(({ user }) => user?.userId === userId) ?? null,
    setAside: refuse,
  };
}

export function noneAccepted(): TrackerError {
  const message = "GitHub accepts none of the tokens in GITHUB_TOKENS.";
  return new TrackerError("GITHUB_BAD_CREDENTIALS", message);
}

/** Whether it can be sent at all. */
export function isTokenShaped(token: string): boolean {
  return TOKEN_SHAPE.test(token);
}

/** The beginning of a token's hash: enough to know it again, nothing to guess it by. */
export function fingerprintOf(token: string): string {
  return createHash("sha256").update(token).digest("hex").slice(0, 16);
}

function openToken(secret: string, index: number): Token {
  const fingerprint = fingerprintOf(secret);
  return {
    ...{ secret, fingerprint, label: `${index + 1}:${fingerprint.slice(0, 8)}` },
    ...{ user: null, setAsideUntilMs: 0, askAgainAtMs: 0, isDoubtful: false },
  };
}

function pauseOf(users: readonly KnownUser[]): Wait | null {
  for (const { account } of users) {
    const { pausedUntil: until, pauseReason } = account;
    if (until !== null && pauseReason === "secondary")
      return { until, reason: "paused", pauseReason };
  }
  return null;
}
