import type { Transaction } from "../../postgres/database.js";
import { type PostingRow, type Postings, placesOf, toRow } from "./postings.js";

/** An event whose commits begin at a place of a segment. */
export interface WordEvent {
  readonly eventId: bigint;
  readonly repositoryId: number;
  readonly start: number;
}

export interface Segment {
  readonly id: number;
  readonly commitCount: number;
}

/** Of one statement's values, so that they stay of a bounded size. */
const ROWS_A_STATEMENT = 5_000;

/** Writes what a segment holds, once: a segment never changes. */
export async function insertSegment(
  tx: Transaction,
  commitCount: number,
  events: readonly WordEvent[],
  postings: Postings,
): Promise<void> {
  const [segment] = await tx.$queryRaw<{ id: number }[]>`
    insert into word_segment (commit_count) values (${commitCount}) returning id`;
  if (segment === undefined) throw new Error("no segment was made");
  await tx.$executeRaw`
    insert into word_event (event_id, repository_id, segment, start)
    select event_id, repository_id, ${segment.id}, start
      from unnest(${listed(events.map(({ eventId }) => eventId))}::bigint[],
                  ${listed(events.map(({ repositoryId }) => repositoryId))}::int[],
                  ${listed(events.map(({ start }) => start))}::int[])
             as own(event_id, repository_id, start)`;
  const rows = Array.from(postings, ([word, places]) => toRow(word, places, commitCount));
  for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) {
    await insertPostings(tx, segment.id, rows.slice(start, start + ROWS_A_STATEMENT));
  }
}

/** In the order of their index. */
async function insertPostings(tx: Transaction, segment: number, rows: readonly PostingRow[]) {
  const places = rows.map((row) => (row.places === null ? "" : listed(row.places))).join(";");
  const bits = rows.map((row) => row.bits?.toString("hex") ?? "").join(";");
  await tx.$executeRaw`
    insert into word_posting (segment, word, places, bits)
    select ${segment}, word, places::smallint[], decode(bits, 'hex')
      from unnest(${listed(rows.map(({ word }) => word))}::bigint[], string_to_array(${places}, ';', ''),
                  string_to_array(${bits}, ';', '')) as own(word, places, bits)
     order by word`;
}

function listed(values: readonly (bigint | number)[]): string {
  return `{${values.join(",")}}`;
}

/** At most so many segments that hold fewer commits than that. */
export async function findSegments(
  tx: Transaction,
  { commitsBelow, limit }: { readonly commitsBelow: number; readonly limit: number },
): Promise<Segment[]> {
  return await tx.$queryRaw<Segment[]>`
    select id, commit_count as "commitCount" from word_segment
     where commit_count < ${commitsBelow} order by id limit ${limit}`;
}

export async function readEvents(tx: Transaction, segment: number): Promise<WordEvent[]> {
  return await tx.$queryRaw<WordEvent[]>`
    select event_id as "eventId", repository_id as "repositoryId", start
      from word_event where segment = ${segment} order by start`;
}

/** By words, ascending. */
export async function readPostings(tx: Transaction, segment: number): Promise<Postings> {
  const rows = await tx.$queryRaw<
    { word: bigint; places: string | null; bits: Uint8Array | null }[]
  >`
    select word, array_to_string(places, ',') as places, bits
      from word_posting where segment = ${segment} order by word`;
  return new Map(
    rows.map(({ word, places, bits }) => [
      word,
      placesOf({
        places: places?.split(",").map(Number) ?? null,
        bits: bits && Buffer.from(bits),
      }),
    ]),
  );
}

export async function deleteSegments(tx: Transaction, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.$executeRaw`delete from word_event where segment = any(${ids}::int[])`;
  await tx.$executeRaw`delete from word_posting where segment = any(${ids}::int[])`;
  await tx.$executeRaw`delete from word_segment where id = any(${ids}::int[])`;
}

/** Of which nothing is stored any more. */
export async function findEmptySegments(tx: Transaction): Promise<number[]> {
  const rows = await tx.$queryRaw<{ id: number }[]>`
    select id from word_segment s
     where not exists (select from word_event v where v.segment = s.id)`;
  return rows.map(({ id }) => id);
}

/**
 * Forgets the words of those of these events that no commit points to any more. The caller holds the
 * marks. What stands in a segment beside others goes when that is merged.
 */
export async function forgetWordsAmong(
  tx: Transaction,
  eventIds: readonly string[],
): Promise<void> {
  await tx.$executeRaw`
    delete from word_event v where v.event_id = any(${eventIds}::text[]::bigint[])
       and not exists (select from commit c where c.event_id = v.event_id)`;
}

/** The same of all events of a repository. */
export async function forgetWords(tx: Transaction, repositoryId: number): Promise<void> {
  await tx.$executeRaw`
    delete from word_event v using feed_event e
     where e.repository_id = ${repositoryId} and v.event_id = e.id
       and not exists (select from commit c where c.event_id = v.event_id)`;
}

export async function deleteAllWords(tx: Transaction): Promise<void> {
  // Not truncated: who reads sees either all of it, or that it is not filled.
  await tx.$executeRaw`delete from word_event`;
  await tx.$executeRaw`delete from word_posting`;
  await tx.$executeRaw`delete from word_segment`;
}
