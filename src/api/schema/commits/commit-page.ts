import type { StoredCommit } from "../../../domain/commit.js";
import { decodeCursor, encodeCursor, foreignCursor } from "../../../domain/cursor.js";
import { TrackerError } from "../../../domain/errors.js";
import { soughtWordsOf } from "../../../domain/words.js";
import type { Database } from "../../../postgres/database.js";
import { countCommits } from "../../../store/commits/commit-count.js";
import type { CommitFilter as CommitCondition } from "../../../store/commits/commit-filter.js";
import type { ArrivalKey, DateKey } from "../../../store/commits/commit-order.js";
import { listCommitsByArrival, listCommitsByDate } from "../../../store/commits/commit-reader.js";
import type { CommitDetail } from "../../../store/rows.js";
import { isShown, OID, requireDate, requireIdOfCursor } from "../../paging/arguments.js";
import { type Connection, pageRequest, toConnection } from "../../paging/page.js";
import type { CommitFilter, CommitPageArguments } from "./commit.type.js";

const WORDS_MAX = 20;

/** A page of one repository's commits, or of everybody's. */
export async function listCommitPage(
  database: Database,
  repositoryId: number | null,
  { filter, orderBy, ...page }: CommitPageArguments,
  detail: CommitDetail,
): Promise<Connection<StoredCommit>> {
  const condition = conditionOf(repositoryId, filter ?? {});
  const direction = orderBy?.direction ?? "DESC";
  const countAll = () => countCommits(database, condition);
  if (orderBy?.field === "SEQUENCE") {
    const request = pageRequest(page, decodeArrivalKey);
    const shown = { ...request, direction };
    const rows = await listCommitsByArrival(database, condition, request, shown, { detail });
    return toConnection(rows, request, encodeArrivalKey, countAll);
  }
  const request = pageRequest(page, decodeDateKey);
  const shown = { ...request, direction };
  const rows = await listCommitsByDate(database, condition, request, shown, { detail });
  return toConnection(rows, request, encodeDateKey, countAll);
}

function conditionOf(
  repositoryId: number | null,
  { reachable, author, since, until, text }: CommitFilter,
): CommitCondition {
  return {
    repositoryId,
    reachable: reachable === undefined ? true : reachable,
    author: author ?? undefined,
    since: since == null ? undefined : requireDate(since, "since"),
    until: until == null ? undefined : requireDate(until, "until"),
    words: text == null ? undefined : requireWords(text),
  };
}

function requireWords(text: string): string[] {
  const words = soughtWordsOf(text);
  if (words.length > 0 && words.length <= WORDS_MAX) return words;
  throw new TrackerError(
    "BAD_USER_INPUT",
    `\`text\` must have 1 to ${WORDS_MAX} words: letters and digits, or pairs of characters of a script without spaces.`,
    { field: "text" },
  );
}

function encodeDateKey({ committedAt, repositoryId, oid }: StoredCommit): string {
  return encodeCursor([committedAt.getTime(), repositoryId, oid]);
}

function decodeDateKey(cursor: string, field: string): DateKey {
  const [at, repositoryId, oid] = decodeCursor(cursor, 3, field);
  const committedAt = new Date(Number(at));
  if (!isShown(committedAt) || typeof oid !== "string" || !OID.test(oid)) {
    throw foreignCursor(field);
  }
  return { committedAt, repositoryId: requireIdOfCursor(repositoryId, field), oid };
}

function encodeArrivalKey({ sequence, position }: StoredCommit): string {
  return encodeCursor([String(sequence), position]);
}

const SEQUENCE = /^[1-9]\d{0,17}$/;
const POSITION_MAX = 32_767; // of the column's type

function decodeArrivalKey(cursor: string, field: string): ArrivalKey {
  const [sequence, position] = decodeCursor(cursor, 2, field);
  if (
    typeof sequence !== "string" ||
    !SEQUENCE.test(sequence) ||
    typeof position !== "number" ||
    !Number.isInteger(position) ||
    position < 0 ||
    position > POSITION_MAX
  ) {
    throw foreignCursor(field);
  }
  return { sequence: BigInt(sequence), position };
}
