import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { type Posting, type PostingRow, placesIn, toRows } from "./postings.js";

/** An event whose commits begin at a place of a segment. */
export interface WordEvent {
  readonly eventId: bigint;
  readonly repositoryId: number;
  readonly start: number;
  /** In places. */
  readonly size: number;
}

/** Of one statement's values, so that they stay of a bounded size. */
const ROWS_A_STATEMENT = 500;

/** Writes what a segment holds, once: a segment never changes. */
export async function insertSegment(
  tx: Transaction,
  { commitCount, weight }: { readonly commitCount: number; readonly weight: number },
  events: readonly WordEvent[],
  postings: Iterable<Posting>,
): Promise<void> {
  const [segment] = await tx.$queryRaw<{ id: number }[]>`
    insert into word_segment (commit_count, weight) values (${commitCount}, ${weight}) returning id`;
  if (segment === undefined) throw new Error("no segment was made");
  await tx.$executeRaw`
    insert into word_event (event_id, repository_id, segment, start, size)
    select event_id, repository_id, ${segment.id}, start, size
      from unnest(${listed(events.map(({ eventId }) => eventId))}::bigint[],
                  ${listed(events.map(({ repositoryId }) => repositoryId))}::int[],
                  ${listed(events.map(({ start }) => start))}::int[],
                  ${listed(events.map(({ size }) => size))}::int[])
             as own(event_id, repository_id, start, size)`;
  let rows: PostingRow[] = [];
  for (const row of toRows(postings, commitCount)) {
    if (rows.push(row) < ROWS_A_STATEMENT) continue;
    await insertPostings(tx, segment.id, rows);
    rows = [];
  }
  if (rows.length > 0) await insertPostings(tx, segment.id, rows);
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

/** At most so many segments that hold fewer commits than that, and are no heavier. */
export async function findSegments(
  tx: Transaction,
  {
    commitsBelow,
    weightMax,
    limit,
  }: { readonly commitsBelow: number; readonly weightMax: number; readonly limit: number },
): Promise<number[]> {
  const rows = await tx.$queryRaw<{ id: number }[]>`
    select id from word_segment
     where commit_count < ${commitsBelow} and weight <= ${weightMax} order by id limit ${limit}`;
  return rows.map(({ id }) => id);
}

export async function readEvents(tx: Transaction, segment: number): Promise<WordEvent[]> {
  return await tx.$queryRaw<WordEvent[]>`
    select event_id as "eventId", repository_id as "repositoryId", start, size
      from word_event where segment = ${segment} order by start`;
}

export async function readPostings(tx: Transaction, segment: number): Promise<Posting[]> {
  const rows = await tx.$queryRaw<
    { words: string; ends: string; places: string; bits: string | null }[]
  >`
    select array_to_string(words, ',') as words, array_to_string(ends, ',') as ends,
           array_to_string(places, ',') as places, encode(bits, 'hex') as bits
      from word_posting where segment = ${segment}`;
  const numbers = (list: string) => (list === "" ? [] : list.split(",").map(Number));
  return rows.flatMap(({ words, ends, places, bits }) =>
    placesIn({
      words: words.split(",").map(BigInt),
      ends: numbers(ends),
      places: numbers(places),
      bits: bits === null ? null : Buffer.from(bits, "hex"),
    }),
  );
}

export async function deleteSegments(tx: Transaction, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.$executeRaw`delete from word_event where segment = any(${ids}::int[])`;
  await tx.$executeRaw`delete from word_posting where segment = any(${ids}::int[])`;
  await tx.$executeRaw`delete from word_segment where id = any(${ids}::int[])`;
}

/** A segment of which more has been forgotten than is left; when there is none, none is looked for again. */
export async function findHollowSegment(tx: Transaction): Promise<number | null> {
  const [row] = await tx.$queryRaw<{ id: number }[]>`
    select id from word_segment s
     where id in (select segment from word_hole)
       and 2 * (select coalesce(sum(size), 0) from word_event v where v.segment = s.id) < commit_count
     order by id limit 1`;
  if (row !== undefined) return row.id;
  await tx.$executeRaw`delete from word_hole`;
  return null;
}

/**
 * Forgets the words of those of these events that no commit points to any more. The caller holds the
 * marks. What stands in a segment beside others goes when that is merged, or is mostly this.
 */
export async function forgetWordsAmong(
  tx: Transaction,
  eventIds: readonly string[],
): Promise<void> {
  await forget(tx, Prisma.sql`word_event v where v.event_id = any(${eventIds}::text[]::bigint[])`);
}

/** The same of all events of a repository. */
export async function forgetWords(tx: Transaction, repositoryId: number): Promise<void> {
  await forget(
    tx,
    Prisma.sql`word_event v using feed_event e
                where e.repository_id = ${repositoryId} and v.event_id = e.id`,
  );
}

async function forget(tx: Transaction, eventsWanted: Prisma.Sql): Promise<void> {
  await tx.$executeRaw`
    with gone as (
      delete from ${eventsWanted}
         and (select true from commit c where c.event_id = v.event_id limit 1) is null
      returning v.segment)
    insert into word_hole (segment) select distinct segment from gone`;
}

export async function deleteAllWords(tx: Transaction): Promise<void> {
  // Not truncated: who reads sees either all of it, or that it is not filled.
  await tx.$executeRaw`delete from word_event`;
  await tx.$executeRaw`delete from word_posting`;
  await tx.$executeRaw`delete from word_segment`;
  await tx.$executeRaw`delete from word_hole`;
}
