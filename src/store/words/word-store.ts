import type { Transaction } from "../../postgres/database.js";
import { type PostingRow, type Postings, placesIn, toRows } from "./postings.js";

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
const ROWS_A_STATEMENT = 500;

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
  const rows = toRows(postings, commitCount);
  for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) {
    await insertPostings(tx, segment.id, rows.slice(start, start + ROWS_A_STATEMENT));
  }
}

/** In the order of their index. */
async function insertPostings(tx: Transaction, segment: number, rows: readonly PostingRow[]) {
  const each = (of: (row: PostingRow) => string) => rows.map(of).join(";");
  await tx.$executeRaw`
    insert into word_posting (segment, last_word, words, ends, places, bits)
    select ${segment}, last_word::bigint, words::bigint[], ends::smallint[], places::smallint[],
           decode(bits, 'hex')
      from unnest(string_to_array(${each(({ words }) => String(words.at(-1)))}, ';'),
                  string_to_array(${each(({ words }) => listed(words))}, ';'),
                  string_to_array(${each(({ ends }) => listed(ends))}, ';'),
                  string_to_array(${each(({ places }) => listed(places))}, ';'),
                  string_to_array(${each(({ bits }) => bits?.toString("hex") ?? "")}, ';', ''))
             as own(last_word, words, ends, places, bits)`;
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

export async function readPostings(tx: Transaction, segment: number): Promise<Postings> {
  const rows = await tx.$queryRaw<
    { words: string; ends: string; places: string; bits: string | null }[]
  >`
    select array_to_string(words, ',') as words, array_to_string(ends, ',') as ends,
           array_to_string(places, ',') as places, encode(bits, 'hex') as bits
      from word_posting where segment = ${segment}`;
  const numbers = (list: string) => (list === "" ? [] : list.split(",").map(Number));
  return new Map(
    rows.flatMap(({ words, ends, places, bits }) =>
      placesIn({
        words: words.split(",").map(BigInt),
        ends: numbers(ends),
        places: numbers(places),
        bits: bits === null ? null : Buffer.from(bits, "hex"),
      }),
    ),
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
     where (select true from word_event v where v.segment = s.id limit 1) is null`;
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
       and (select true from commit c where c.event_id = v.event_id limit 1) is null`;
}

/** The same of all events of a repository. */
export async function forgetWords(tx: Transaction, repositoryId: number): Promise<void> {
  await tx.$executeRaw`
    delete from word_event v using feed_event e
     where e.repository_id = ${repositoryId} and v.event_id = e.id
       and (select true from commit c where c.event_id = v.event_id limit 1) is null`;
}

export async function deleteAllWords(tx: Transaction): Promise<void> {
  // Not truncated: who reads sees either all of it, or that it is not filled.
  await tx.$executeRaw`delete from word_event`;
  await tx.$executeRaw`delete from word_posting`;
  await tx.$executeRaw`delete from word_segment`;
}
