/** What requests are made for: live work goes first, backfill takes what it leaves. */
export type Purpose = "live" | "backfill";

/** One GitHub user's points of an hour, and whether GitHub said to wait. */
export interface RateAccount {
  /** Points an hour. */
  readonly limit: number;
  readonly remaining: number;
  /** When the hour ends; null before its first answer. */
  readonly resetAt: Date | null;
  readonly pausedUntil: Date | null;
  readonly pauseReason: LimitKind | null;
  /** Secondary limits, and others that named no time, in a row without a success between them. */
  readonly refusals: number;
  /** Points of this hour, and live ones of the hour before. */
  readonly spentLive: number;
  readonly spentBackfill: number;
  readonly spentLiveBefore: number;
}

export type LimitKind = "primary" | "secondary";

/** What an answer's headers say of the hour; undefined where they are missing. */
export interface HourLimits {
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
  readonly resetAt: Date | undefined;
}

export const NO_LIMITS: HourLimits = { limit: undefined, remaining: undefined, resetAt: undefined };

/** How a request ended. */
export type RequestOutcome =
  | {
      readonly kind: "answered";
      readonly purpose: Purpose;
      readonly points: number;
      readonly limits: HourLimits;
      /** False for an answer that cannot be used; it says nothing about earlier refusals. */
      readonly isSuccess: boolean;
    }
  | {
      readonly kind: "refused";
      readonly limit: LimitKind;
      /** Null where GitHub named no time. */
      readonly retryAt: Date | null;
      readonly limits: HourLimits;
    }
  /** No answer came: a broken connection, a timeout, an abort. */
  | { readonly kind: "nothing" };

export const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** What a user's token has in an hour, until GitHub says how much it is. */
const POINTS_PER_HOUR = 5_000;
/** Resets nearer than this belong to one hour: clocks differ, and an unused hour's reset moves. */
const SAME_HOUR_MS = 5 * MINUTE_MS;

export const NEW_ACCOUNT: RateAccount = {
  limit: POINTS_PER_HOUR,
  remaining: POINTS_PER_HOUR,
  resetAt: null,
  pausedUntil: null,
  pauseReason: null,
  refusals: 0,
  spentLive: 0,
  spentBackfill: 0,
  spentLiveBefore: 0,
};

/** The account as it stands at a time: an hour that is over leaves a full one, a pause ends by itself. */
export function accountAt(account: RateAccount, now: Date): RateAccount {
  const isPaused = account.pausedUntil !== null && account.pausedUntil > now;
  const rested = isPaused ? account : { ...account, pausedUntil: null, pauseReason: null };
  if (rested.resetAt === null || rested.resetAt > now) return rested;
  return { ...nextHour(rested), remaining: rested.limit, resetAt: null };
}

/**
 * The account after a request. Answers overtake each other: within one hour and one limit the lowest
 * remaining wins, a later reset opens a new hour, an earlier one is old news. A pause is never
 * shortened.
 */
export function bookOutcome(account: RateAccount, outcome: RequestOutcome, now: Date): RateAccount {
  if (outcome.kind === "nothing") return account;
  if (outcome.kind === "refused") return pause(learn(account, outcome.limits), outcome, now);
  const isOld = isEarlierHour(account, outcome.limits);
  const learned = learn(account, outcome.limits);
  const isPaused = learned.pausedUntil !== null && learned.pausedUntil > now;
  const refusals = outcome.isSuccess && !isPaused ? 0 : learned.refusals;
  if (isOld) return { ...learned, refusals };
  const spent = outcome.purpose === "live" ? "spentLive" : "spentBackfill";
  return { ...learned, refusals, [spent]: learned[spent] + outcome.points };
}

/**
 * The account after an answer's headers alone. Another limit than before is taken with what is left of
 * it: GitHub has raised it, or another token of the user has a limit of its own.
 */
export function learn(
  account: RateAccount,
  { limit, remaining, resetAt }: HourLimits,
): RateAccount {
  if (remaining === undefined || resetAt === undefined) return account;
  if (isEarlierHour(account, { limit, remaining, resetAt })) return account;
  const told = { limit: limit ?? Math.max(account.limit, remaining), remaining, resetAt };
  if (account.resetAt === null) return { ...account, ...told };
  if (resetAt.getTime() > account.resetAt.getTime() + SAME_HOUR_MS) {
    return { ...nextHour(account), ...told };
  }
  const isSameLimit = told.limit === account.limit;
  return {
    ...account,
    ...told,
    remaining: isSameLimit ? Math.min(account.remaining, remaining) : remaining,
    resetAt: resetAt > account.resetAt ? resetAt : account.resetAt,
  };
}

function isEarlierHour({ resetAt: known }: RateAccount, { resetAt }: HourLimits): boolean {
  if (known === null || resetAt === undefined) return false;
  return resetAt.getTime() < known.getTime() - SAME_HOUR_MS;
}

function nextHour(account: RateAccount): RateAccount {
  return { ...account, spentLiveBefore: account.spentLive, spentLive: 0, spentBackfill: 0 };
}

/** Requests that were under way together are refused together: they count as one refusal. */
function pause(
  account: RateAccount,
  { limit, retryAt }: Extract<RequestOutcome, { kind: "refused" }>,
  now: Date,
): RateAccount {
  const isPaused = account.pausedUntil !== null && account.pausedUntil > now;
  const isNew = !isPaused && (limit === "secondary" || retryAt === null);
  const refusals = account.refusals + (isNew ? 1 : 0);
  const until = retryAt ?? new Date(now.getTime() + silenceMs(refusals));
  if (isPaused && account.pausedUntil >= until) return { ...account, refusals };
  return { ...account, refusals, pausedUntil: until, pauseReason: limit };
}

/** "Wait for at least one minute", then exponentially longer. */
function silenceMs(refusals: number): number {
  return Math.min(MINUTE_MS * 2 ** Math.max(0, refusals - 1), HOUR_MS);
}
