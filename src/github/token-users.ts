import type { Logger } from "pino";
import { isTrackerError, TrackerError } from "../domain/errors.js";
import { NO_LIMITS } from "../domain/rate-account.js";
import { type BudgetLedger, type BudgetUser, NOBODY } from "./budget-ledger.js";
import { type Learn, runGranted } from "./granted-request.js";
import { acquireForNobody, pauseOf } from "./nobody.js";
import { isTokenShaped, openToken, refuseToken, setTokenAside, type Token } from "./token.js";
import { mustWait, untilAborted } from "./wait.js";

/** Whose a token is, is asked again after so long where that failed and others are there to be used. */
const ASK_AGAIN_MS = 60_000;

/** Asks GitHub whose a token is. */
export type Identify = (token: string, learn: Learn, signal: AbortSignal) => Promise<BudgetUser>;

/** Refused for a minute and more. */
const REFUSALS_TOLD = 5;

/** How many of the tokens GitHub accepts, and how many it refused and has not accepted since. */
export interface TokenCounts {
  readonly accepted: number;
  readonly setAside: number;
}

/** The tokens, and the users behind them: several tokens of one user are no more than one. */
export interface TokenUsers {
  /**
   * Resolves once it is known whose the tokens are, as far as GitHub tells: it is asked once about
   * each, and the ledger remembers. Nobody waits while it is asked again about some and there are
   * others to go on with. Rejects when there is no user to go on with.
   */
  ready(signal: AbortSignal): Promise<void>;
  /** Those with a token that is accepted. */
  users(): BudgetUser[];
  tokenOf(user: BudgetUser): Token | null;
  /** GitHub refused a request that was sent then: asked about again in seconds, then ever more rarely. */
  refuse(token: Token, sentAtMs: number): void;
  /** GitHub answered a request with it. */
  accept(token: Token): void;
  /** Why there is nobody to ask for. */
  noneAccepted(): TrackerError;
}

export function createTokenUsers({
  tokens: secrets,
  ledger,
  identify,
  logger,
  now,
  random,
  onTokens,
}: {
  tokens: readonly string[];
  ledger: BudgetLedger;
  identify: Identify;
  logger: Logger;
  now: () => number;
  random: () => number;
  /** Whenever that changes. */
  onTokens?: (counts: TokenCounts) => void;
}): TokenUsers {
  const tokens = secrets.map(openToken);
  for (const token of tokens) {
    if (isTokenShaped(token.secret)) continue;
    // Tried, it would come back in the error of the request that it breaks.
    setTokenAside(token, Number.POSITIVE_INFINITY);
    tellSetAside(token, "it has impossible characters");
  }
  /** Under way for all that wait for it; false: whoever began it has given it up. */
  let asking: Promise<boolean> | null = null;
  let failure: unknown = null;

  function refuse(token: Token, sentAtMs: number): void {
    if (refuseToken(token, sentAtMs, now())) tellSetAside(token, "refused");
  }

  /** A single refusal mends itself; what is refused again and again is for a person, and said once. */
  function tellSetAside({ label, setAsideUntilMs, refusals }: Token, reason: string): void {
    const isHopeless = !Number.isFinite(setAsideUntilMs);
    const facts = { token: label, reason, retryAt: isHopeless ? null : new Date(setAsideUntilMs) };
    if (isHopeless) logger.error(facts, "github does not accept this token, set aside");
    else if (refusals === 1) logger.warn(facts, "github does not accept this token, set aside");
    else if (refusals === REFUSALS_TOLD) logger.error(facts, "github goes on refusing this token");
    else logger.debug(facts, "github refused this token again");
    tellCounts();
  }

  function tellCounts(): void {
    const accepted = tokens.filter(({ user }) => user !== null).length;
    onTokens?.({ accepted, setAside: tokens.filter(({ isSetAside }) => isSetAside).length });
  }

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
      if (!token.isSetAside) token.user = user ?? null;
    }
    tellCounts();
    const left = unknown.filter(({ user }) => user === null);
    if (left.length === 0) return;
    try {
      // It may be another token of the user that was told to wait.
      const pause = pauseOf(known);
      if (pause !== null) throw mustWait(pause, random);
      await ledger.register(NOBODY, [], NO_LIMITS);
      for (const token of left) {
        token.isAsked = true;
        await findUser(token, signal);
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      failure = error;
      const askAgainAtMs = now() + ASK_AGAIN_MS;
      for (const token of left) token.askAgainAtMs = askAgainAtMs;
      logger.warn({ err: error }, "github did not say whose a token is");
    }
  }

  async function findUser(token: Token, signal: AbortSignal): Promise<void> {
    const requestId = await acquireForNobody({ ledger, now, random }, signal);
    const sentAtMs = now();
    let limits = NO_LIMITS;
    try {
      const grant = { ledger, requestId, purpose: "live", logger } as const;
      const user = await runGranted(grant, (learn) =>
        identify(
          token.secret,
          (facts) => {
            limits = facts.limits;
            learn({ ...facts, points: 0, limits: NO_LIMITS });
          },
          signal,
        ),
      );
      await ledger.register(user, [token.fingerprint], limits);
      token.user = user;
      token.isSetAside = false;
      tellCounts();
      logger.info({ token: token.label, login: user.login }, "github token known");
    } catch (error) {
      if (!isTrackerError(error, "GITHUB_BAD_CREDENTIALS")) throw error;
      refuse(token, sentAtMs);
    }
  }

  function noneAccepted(): TrackerError {
    const message =
      "GitHub accepts none of the tokens in GITHUB_TOKENS: `tracker doctor` says why.";
    const retryAtMs = Math.min(...tokens.map(({ setAsideUntilMs }) => setAsideUntilMs));
    const details = Number.isFinite(retryAtMs) ? { retryAt: new Date(retryAtMs) } : {};
    return new TrackerError("GITHUB_BAD_CREDENTIALS", message, details);
  }

  return {
    async ready(signal) {
      for (let isAsked = false; !isAsked; ) {
        signal.throwIfAborted();
        const unknown = unknownTokens();
        if (unknown.length === 0) break;
        const isUrgent = users().length === 0 || unknown.some((token) => !token.isAsked);
        asking ??= ask(unknown, signal);
        if (!isUrgent) {
          asking.catch(() => {}); // its failure is noted, and nobody's who does not wait for it
          break;
        }
        isAsked = await untilAborted(asking, signal);
      }
      if (users().length > 0) return;
      throw failure ?? noneAccepted();
    },
    users,
    tokenOf: ({ userId }) => tokens.find(({ user }) => user?.userId === userId) ?? null,
    refuse,
    accept(token) {
      token.refusals = 0;
    },
    noneAccepted,
  };
}
