import { wordsOf } from "../../domain/words.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import type { StatementReader } from "../../postgres/reader.js";
import { statementFor, type ValueOf, written } from "../../postgres/statement.js";
import { type CommitFilter, matches, WORDS } from "../commits/commit-filter.js";
import { unfilledEvents } from "../projections/projection-store.js";
import { LENGTH_MAX, WORDS_PROJECTION } from "./messages.js";

/** More than this many messages are read in several statements: some megabytes, were all as long as can be. */
const READ_MAX = 200;

/** What a commit whose words are not filled yet has to be looked at for. */
type UnfilledJson = readonly [sequence: string, eventId: string, position: number, message: string];

/** What `unfilledColumns` adds to the rows. */
export interface UnfilledColumns {
  /** In one of them at most. */
  readonly unfilled: readonly UnfilledJson[] | null;
  readonly mark: string | null;
}

type OfTail = ValueOf<{ readonly filter: CommitFilter; readonly after?: UnfilledJson }>;
const AFTER_SEQUENCE: OfTail = ({ after }) => after?.[0] ?? 0;
const AFTER_POSITION: OfTail = ({ after }) => after?.[2] ?? 0;

/** Up to which event the words are filled. */
export const WORDS_MARK = Prisma.sql`
  select sequence::text as mark from projection where name = ${WORDS_PROJECTION}`;

/** Of a statement that searches by no words. */
export const NONE_UNFILLED = Prisma.sql`null as unfilled, null as mark`;

/**
 * Columns of a statement that searches by words: the commits that match, are not filled, and may have the
 * words; read again where they have them (`readWithUnfilled`). Of a message in ASCII, as nearly all are,
 * the database sees whether it may: it holds each word, and in any other it is looked for here.
 */
export function unfilledColumns(filter: CommitFilter): Prisma.Sql {
  return Prisma.sql`
    case when row_number() over () = 1 then
      (select json_agg(json_build_array(u.sequence::text, u.event_id::text, u.position, u.message))
         from (${unfilledMessages(filter)}) as u) end as unfilled,
    (${WORDS_MARK}) as mark`;
}

function unfilledMessages(filter: CommitFilter): Prisma.Sql {
  return Prisma.sql`
    select e.sequence, c.event_id, c.position, left(c.message, ${written(LENGTH_MAX)}) as message
      from (select * from (${unfilledEvents(WORDS_PROJECTION)}) as e
             where e.sequence >= ${AFTER_SEQUENCE}::bigint order by e.sequence) as e
     cross join lateral (
       select * from commit c
        where c.event_id = e.id and (e.sequence, c.position) > (${AFTER_SEQUENCE}::bigint, ${AFTER_POSITION}::int)
          and (octet_length(c.message) <> length(c.message)
               or (select bool_and(position(word in lower(c.message collate "C")) > 0)
                     from unnest(${WORDS}::text[]) as word))
          and ${matches(filter)}
        order by c.position) as c
     order by e.sequence, c.position limit ${written(READ_MAX)}`;
}

/**
 * Rows of a statement with `unfilledColumns`, exact whatever is filled: where commits that are not filled
 * have the words, it is read once more with them. What is filled meanwhile is found both ways, and is the
 * next of the feed: what is seen is all of it up to some event. `mark` is the one of the first of these
 * statements: whoever sends another with the same filter starts over where it finds it `isRebuilt`.
 */
export async function readWithUnfilled<Row extends UnfilledColumns>(
  reader: StatementReader,
  filter: CommitFilter,
  read: (filter: CommitFilter) => Promise<Row[]>,
): Promise<{ readonly rows: Row[]; readonly filter: CommitFilter; readonly mark: string | null }> {
  for (;;) {
    const rows = await read(filter);
    const first = rows.find(({ unfilled }) => unfilled !== null);
    const unfilled = await findUnfilled(reader, filter, first?.unfilled ?? []);
    const mark = rows[0]?.mark ?? null;
    if (unfilled.length === 0) return { rows, filter, mark };
    const whole = { ...filter, unfilled };
    const again = await read(whole);
    if (!isRebuilt({ since: mark, now: again[0]?.mark })) {
      return { rows: again, filter: whole, mark };
    }
  }
}

/** Whether the words have been emptied between two statements: the second misses what only the first saw filled. */
export function isRebuilt({
  since,
  now,
}: {
  readonly since: string | null;
  readonly now: string | null | undefined;
}): boolean {
  return BigInt(now ?? 0) < BigInt(since ?? 0);
}

async function findUnfilled(
  reader: StatementReader,
  filter: CommitFilter,
  first: readonly UnfilledJson[],
) {
  const found: { eventId: bigint; position: number }[] = [];
  for (let messages = first; ; ) {
    for (const [, eventId, position, message] of messages) {
      const words = new Set(wordsOf(message));
      if (filter.words?.every((word) => words.has(word))) {
        found.push({ eventId: BigInt(eventId), position });
      }
    }
    const after = messages.length < READ_MAX ? undefined : messages.at(-1);
    if (after === undefined) return found;
    const query = Prisma.sql`select ${unfilledColumns(filter)}`;
    const [row] = await reader.query<UnfilledColumns>(statementFor(query, { filter, after }));
    messages = row?.unfilled ?? [];
  }
}
