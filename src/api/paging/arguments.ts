import { withoutSecrets } from "../../domain/address.js";
import { authorKey } from "../../domain/author-key.js";
import type { Oid } from "../../domain/commit.js";
import { decodeCursor, foreignCursor } from "../../domain/cursor.js";
import { TrackerError } from "../../domain/errors.js";
import type { Repository } from "../../domain/repository.js";
import type { Database } from "../../postgres/database.js";
import { ID_MAX } from "../../store/list.js";
import { findRepository, findRepositoryIds } from "../../store/repositories/repository-reader.js";

/** The repository that an argument names, or `NOT_FOUND` saying which. */
export async function requireRepository(
  database: Database,
  ref: string,
  field = "repository",
): Promise<Repository> {
  const found = await findRepository(database, ref);
  if (found === null) throw notTracked(ref, field);
  return found;
}

/** Those that a list names, by one statement; `NOT_FOUND` for the first that is none. */
export async function requireRepositoryIds(
  { reader }: Pick<Database, "reader">,
  refs: readonly string[],
  field = "repositories",
): Promise<ReadonlySet<number>> {
  requireSome(refs, field);
  const found = await findRepositoryIds(reader, refs);
  return new Set(
    found.map((id, index) => {
      if (id === null) throw notTracked(refs[index] ?? "", field);
      return id;
    }),
  );
}

function notTracked(ref: string, field: string): TrackerError {
  const safe = withoutSecrets(ref);
  const shown = safe.length > 150 ? `${safe.slice(0, 150)}…` : safe;
  const message = `No repository ${JSON.stringify(shown)} is tracked here.`;
  return new TrackerError("NOT_FOUND", message, { field });
}

/** Of the `trackFrom` arguments. */
export const TRACK_FROM_DESCRIPTION =
  "Begin the history there. The start is a place, found once on the way back from the head: where 101 commits in a row are dated before it. What leads to a later commit is stored whatever its date, and so is all that is pushed afterwards and is not beyond the start. Of repositories that are tracked already it changes nothing.";

const NAMED_MAX = 100;

/** A list that names none would wait for ever, and a long one costs a query each. */
export function requireSome(list: readonly unknown[] | null | undefined, field: string): void {
  if (list == null || (list.length > 0 && list.length <= NAMED_MAX)) return;
  throw new TrackerError(
    "BAD_USER_INPUT",
    `\`${field}\` must name 1 to ${NAMED_MAX}; leave it out for all.`,
    { field },
  );
}

const SEQUENCE = /^(?:0|[1-9]\d{0,17})$/;

/** A feed cursor: a sequence in decimal. */
export function parseSequence(after: string): bigint {
  if (SEQUENCE.test(after)) return BigInt(after);
  throw new TrackerError(
    "BAD_USER_INPUT",
    '`after` must be a cursor of the feed, or "0" for all of it.',
    {
      field: "after",
    },
  );
}

const AUTHOR_CHARS_MAX = 320;

/** Who a client calls an author, as `authorKey` makes it. */
export function requireAuthor(author: string): string {
  const key = authorKey(author);
  if (key !== "" && author.length <= AUTHOR_CHARS_MAX) return key;
  const message = `\`author\` must be a login, an e-mail address or a name of at most ${AUTHOR_CHARS_MAX} characters.`;
  throw new TrackerError("BAD_USER_INPUT", message, { field: "author" });
}

export const OID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** A whole object id, in lower case: what is abbreviated may mean another commit tomorrow. */
export function requireOid(oid: string): Oid {
  const wanted = oid.toLowerCase();
  if (OID.test(wanted)) return wanted;
  const message =
    "`oid` must be a whole object id of 40 or 64 hex digits; `git rev-parse` makes one of an abbreviation.";
  throw new TrackerError("BAD_USER_INPUT", message, { field: "oid" });
}

/** A date that the database takes and an answer shows: of the years 1 to 9999. */
export function requireDate(date: Date, field: string): Date {
  if (isShown(date)) return date;
  throw new TrackerError("BAD_USER_INPUT", `\`${field}\` must be a date of the years 1 to 9999.`, {
    field,
  });
}

/** The same where there may be none. */
export function requireOptionalDate(date: Date | null | undefined, field: string): Date | null {
  return date == null ? null : requireDate(date, field);
}

/** Of the years 1 to 9999. */
export function isShown(date: Date): boolean {
  const year = date.getUTCFullYear();
  return year >= 1 && year <= 9_999;
}

/** A row's id as it stands in cursors. */
export function requireIdOfCursor(part: string | number | undefined, field: string): number {
  if (typeof part === "number" && Number.isInteger(part) && part >= 0 && part <= ID_MAX)
    return part;
  throw foreignCursor(field);
}

/** The cursor of a list that is in the order of its rows' ids. */
export function decodeIdCursor(cursor: string, field: string): number {
  return requireIdOfCursor(decodeCursor(cursor, 1, field)[0], field);
}
