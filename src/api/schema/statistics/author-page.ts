import { isBot } from "../../../domain/bot.js";
import { decodeCursor, encodeCursor, foreignCursor } from "../../../domain/cursor.js";
import type { AuthorStats as Author } from "../../../store/commits/author-reader.js";
import type { BoundedCount } from "../../../store/list.js";
import type { AuthorKey, AuthorPage } from "../../../store/statistics/author-order.js";
import type { DateRange } from "../../../store/statistics/spans.js";
import { isShown, requireOptionalDate } from "../../paging/arguments.js";
import { type Connection, pageRequest, toConnection } from "../../paging/page.js";
import type { AuthorPageArguments, AuthorStats } from "./statistics.type.js";

/** Whoever is counted: one repository's authors, or all. */
export interface AuthorSource {
  list(range: DateRange, page: AuthorPage): Promise<readonly Author[]>;
  count(range: DateRange): Promise<BoundedCount>;
}

/** A page of those who have most commits. */
export async function listAuthorPage(
  source: AuthorSource,
  { since, until, ...page }: AuthorPageArguments,
): Promise<Connection<AuthorStats & AuthorKey>> {
  const range = {
    since: requireOptionalDate(since, "since"),
    until: requireOptionalDate(until, "until"),
  };
  const request = pageRequest(page, decodeKey);
  const authors = await source.list(range, request);
  return toConnection(authors.map(showAuthor), request, encodeKey, () => source.count(range));
}

export function showAuthor(author: Author): AuthorStats & AuthorKey {
  return { ...author, isBot: isBot(author) };
}

function encodeKey({ commitCount, lastCommitAt, personKey }: AuthorKey): string {
  return encodeCursor([commitCount, lastCommitAt.getTime(), personKey]);
}

const COUNT_MAX = 2_147_483_647; // of the column's type

function decodeKey(cursor: string, field: string): AuthorKey {
  const [commitCount, at, personKey] = decodeCursor(cursor, 3, field);
  const lastCommitAt = new Date(Number(at));
  const isCount = Number.isInteger(commitCount) && Number(commitCount) <= COUNT_MAX;
  if (!isCount || Number(commitCount) < 0 || !isShown(lastCommitAt)) throw foreignCursor(field);
  if (typeof personKey !== "string" || personKey.includes("\0")) throw foreignCursor(field);
  return { commitCount: Number(commitCount), lastCommitAt, personKey };
}
