import { isTrackerError, TrackerError } from "../domain/errors.js";

/**
 * SQLSTATE classes and codes that mean "not now" rather than "not like this":
 * connection, resources, shutdown, serialisation.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const UNAVAILABLE_SQLSTATE = /^(08|53|57P|40001|40P01|25P03)/;
const UNAVAILABLE_NODE = /ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH/;
/** https://www.prisma.io/docs/orm/reference/error-reference */
const UNAVAILABLE_PRISMA = /^(P1001|P1002|P1008|P1017|P2024|P2028|P2034|P2037)$/;
const UNAVAILABLE_TEXT =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|ConnectionClosed|DatabaseNotReachable|SocketTimeout|TransactionAlreadyClosed|Can't reach database|Server has closed the connection/;

/** Two transactions stood in each other's way, and this one was ended. */
const CONFLICT = /^(40001|40P01|P2034|TransactionWriteConflict)$/;
/** Cut off by `lock_timeout`. */
const LOCKED_SQLSTATE = /^55P03$/;
/** Cut off by `statement_timeout`. */
const CUT_OFF_SQLSTATE = /^57014$/;
/** By Prisma, which has rolled it back: its statements were each in time, and not all of them together. */
const EXPIRED_TEXT = /cannot be executed on an expired transaction/;

const UNAVAILABLE = "The database cannot be reached right now.";
const UNFINISHED =
  "The database did not finish this in time, and nothing of it was done; try again in a moment.";
const BUSY =
  "What this is about is locked by other work, such as a reset or a removal of many commits; try again in a moment.";
const TOO_EXPENSIVE =
  "This took the database too long; ask for less at once: fewer items, fewer lists, a shorter range of dates.";

/**
 * The one place that judges database failures. A `TrackerError` passes through unchanged. What was cut
 * off for its time is too expensive where it was a query, and else has simply not been done.
 */
export function databaseError(cause: unknown, { isQuery = false } = {}): unknown {
  if (cause instanceof TrackerError) return cause;
  if (hasCode(cause, LOCKED_SQLSTATE)) return new TrackerError("BUSY", BUSY, {}, { cause });
  if (hasCode(cause, CUT_OFF_SQLSTATE) || isOrHolds(cause, isExpired)) {
    return isQuery
      ? new TrackerError("QUERY_TOO_EXPENSIVE", TOO_EXPENSIVE, {}, { cause })
      : new TrackerError("DATABASE_UNAVAILABLE", UNFINISHED, { isCutOff: true }, { cause });
  }
  if (!isOrHolds(cause, isUnavailable)) return cause;
  return new TrackerError("DATABASE_UNAVAILABLE", UNAVAILABLE, {}, { cause });
}

/** Whether the database could not be asked: done again at once, the same may go well. */
export function isUnreachable(error: unknown): boolean {
  return isTrackerError(error, "DATABASE_UNAVAILABLE") && !isCutOff(error);
}

/** Whether the database took too long over it: done again at once, it would again. */
export function isCutOff(error: unknown): boolean {
  return isTrackerError(error, "DATABASE_UNAVAILABLE") && error.details.isCutOff === true;
}

/** A deadlock, or a conflict of two transactions: the same work may well succeed if it is done again. */
export function isConflict(error: unknown): boolean {
  return hasCode(error, CONFLICT);
}

type Fields = Readonly<Record<string, unknown>>;

/** Prisma and its adapter wrap what PostgreSQL and Node say, each in its own way. */
function isOrHolds(error: unknown, matches: (fields: Fields) => boolean, depth = 0): boolean {
  if (typeof error !== "object" || error === null || depth > 4) return false;
  const fields = error as Fields;
  if (matches(fields)) return true;
  const nested = [fields.cause, fields.meta, fields.driverAdapterError];
  const inner = Array.isArray(fields.errors) ? fields.errors : [];
  return [...nested, ...inner].some((part) => isOrHolds(part, matches, depth + 1));
}

function hasCode(error: unknown, pattern: RegExp): boolean {
  return isOrHolds(error, (fields) => codesOf(fields).some((code) => pattern.test(code)));
}

function isExpired({ message }: Fields): boolean {
  return EXPIRED_TEXT.test(String(message));
}

function isUnavailable(fields: Fields): boolean {
  const matches = codesOf(fields).some(
    (code) =>
      UNAVAILABLE_SQLSTATE.test(code) ||
      UNAVAILABLE_NODE.test(code) ||
      UNAVAILABLE_PRISMA.test(code),
  );
  return matches || UNAVAILABLE_TEXT.test(String(fields.message));
}

function codesOf({ code, originalCode, kind }: Fields): string[] {
  return [code, originalCode, kind].map(String);
}
