import { TrackerError } from "../domain/errors.js";

/**
 * SQLSTATE classes and codes that mean "not now" rather than "not like this":
 * connection, resources, shutdown, serialisation.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const UNAVAILABLE_SQLSTATE = /^(08|53|57P|40001|40P01|55P03|25P03)/;
const UNAVAILABLE_NODE = /ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH/;
/** https://www.prisma.io/docs/orm/reference/error-reference */
const UNAVAILABLE_PRISMA = /^(P1001|P1002|P1008|P1017|P2024|P2028|P2034|P2037)$/;
const UNAVAILABLE_TEXT =
  /Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error|ConnectionClosed|DatabaseNotReachable|SocketTimeout|TransactionAlreadyClosed|Can't reach database|Server has closed the connection/;

/** Cut off by `statement_timeout`. */
const TOO_EXPENSIVE_SQLSTATE = /^57014$/;

/** The one place that judges database failures. A `TrackerError` passes through unchanged. */
export function databaseError(cause: unknown): unknown {
  if (cause instanceof TrackerError) return cause;
  if (isOrHolds(cause, isTooExpensive)) {
    const message =
      "This took the database too long; ask for less at once: fewer items, fewer lists, a shorter range of dates.";
    return new TrackerError("QUERY_TOO_EXPENSIVE", message, {}, { cause });
  }
  if (!isOrHolds(cause, isUnavailable)) return cause;
  return new TrackerError(
    "DATABASE_UNAVAILABLE",
    "The database cannot be reached right now.",
    {},
    { cause },
  );
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

function isTooExpensive(fields: Fields): boolean {
  return codesOf(fields).some((code) => TOO_EXPENSIVE_SQLSTATE.test(code));
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
