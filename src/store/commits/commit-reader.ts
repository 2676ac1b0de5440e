import { commitId, type Oid, type StoredCommit } from "../../domain/commit.js";
import type { Database } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import type { StatementReader } from "../../postgres/reader.js";
import { type Statement, Statements, written } from "../../postgres/statement.js";
import { inOrder } from "../list.js";
import { type CommitJson, commitJson, toStoredCommit } from "../rows.js";
import {
  isRebuilt,
  NONE_UNFILLED,
  readWithUnfilled,
  type UnfilledColumns,
  unfilledColumns,
  WORDS_MARK,
} from "../words/unfilled-words.js";
import { asReadBy, type CommitFilter } from "./commit-filter.js";
import { gathered } from "./commit-matches.js";
import {
  type ArrivalKey,
  type DateKey,
  fromKeys,
  type Page,
  type PageReading,
  pageQuery,
  type Stretch,
} from "./commit-order.js";
import {
  arrivalKeysOfHits,
  arrivalOrder,
  arrivalShape,
  fromArrivals,
} from "./commits-by-arrival.js";
import {
  type DateQuery,
  dateKeysOfHits,
  dateOrder,
  dateShape,
  fromDates,
} from "./commits-by-date.js";

/**
 * A page of the commits that match, by committer date, repository and oid; one more than asked for
 * where there are more, at the page's far end. Reads an index from the key on, however deep the page.
 */
export async function listCommitsByDate(
  { reader }: { readonly reader: StatementReader },
  filter: CommitFilter,
  stretch: Stretch<DateKey>,
  page: Page,
  reading: PageReading = {},
): Promise<StoredCommit[]> {
  const query = pageQuery(asReadBy(reader, filter), stretch, page, reading);
  const isNarrow = query.filter.words !== undefined; // all else has its own index in this order
  const rows = isNarrow
    ? await readNarrow(reader, query, { hits: datesOfHits, order: dates })
    : await readRows(reader, dates.for(query));
  return toPage(rows, query, page);
}

/** The same in the order of arrival: the feed's sequence, then the place in the event. */
export async function listCommitsByArrival(
  { reader }: { readonly reader: StatementReader },
  filter: CommitFilter,
  stretch: Stretch<ArrivalKey>,
  page: Page,
  reading: PageReading = {},
): Promise<StoredCommit[]> {
  // Whole, since what has come with a commit tells its place.
  const whole = { ...reading, detail: "WHOLE" } as const;
  const query = pageQuery(asReadBy(reader, filter), stretch, page, whole);
  const { author, since, until, words, reachable } = filter;
  const isNarrow =
    reachable === false || [author, since, until, words].some((part) => part !== undefined);
  const rows = isNarrow
    ? await readNarrow(reader, query, { hits: arrivalsOfHits, order: arrivals })
    : await readRows(reader, arrivals.for(query));
  return toPage(rows, query, page);
}

const dates = new Statements(dateShape, (query) => selectInOrder(query, fromDates(query)));
const arrivals = new Statements(arrivalShape, (query) => selectInOrder(query, fromArrivals(query)));
const datesOfHits = new Statements(dateShape, (query) =>
  selectHits(query, dateKeysOfHits(query), dateOrder(query)),
);
const arrivalsOfHits = new Statements(arrivalShape, (query) =>
  selectHits(query, arrivalKeysOfHits(query), arrivalOrder(query)),
);

function select({ detail }: Pick<DateQuery, "detail">, from: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`select ${commitJson(detail)} as commit ${from}`;
}

/** Of words one row at least, which says how far they are filled. */
function selectInOrder(query: Pick<DateQuery, "filter" | "detail">, from: Prisma.Sql): Prisma.Sql {
  if (query.filter.words === undefined) return select(query, from);
  return Prisma.sql`
    select c.*, filled.mark
      from (${WORDS_MARK}) as filled left join lateral (${select(query, from)}) as c on true`;
}

/** One row at least, which says how many were gathered, and of words what is not filled. */
function selectHits(
  query: Pick<DateQuery, "filter" | "detail" | "gatheredMax">,
  keys: Prisma.Sql,
  order: Prisma.Sql,
): Prisma.Sql {
  const { filter, gatheredMax } = query;
  const few = Prisma.sql`select k.* from (${keys}) as k where size.count <= ${written(gatheredMax)}`;
  const unfilled = filter.words === undefined ? NONE_UNFILLED : unfilledColumns(filter);
  return Prisma.sql`
    with ${gathered(filter, gatheredMax)}
    select size.count, c.*, ${unfilled}
      from size left join lateral (${select(query, fromKeys(few, order))}) as c on true`;
}

function toPage(
  rows: readonly CommitJson[],
  { count }: Pick<DateQuery, "count">,
  page: Page,
): StoredCommit[] {
  return inOrder(rows.slice(0, count), page).map(toStoredCommit);
}

async function readRows(reader: StatementReader, statement: Statement): Promise<CommitJson[]> {
  return commitsOf(await reader.query<Row>(statement));
}

interface Row {
  readonly commit: CommitJson | null;
}

function commitsOf(rows: readonly Row[]): CommitJson[] {
  return rows.flatMap(({ commit }) => (commit === null ? [] : [commit]));
}

interface HitRow extends Row, UnfilledColumns {
  readonly count: number;
}

/** What is gathered, or where that is too much, picked out of the order. */
async function readNarrow<Query extends Pick<DateQuery, "filter" | "gatheredMax">>(
  reader: StatementReader,
  query: Query,
  { hits, order }: { readonly hits: Statements<Query>; readonly order: Statements<Query> },
): Promise<CommitJson[]> {
  const read = (filter: CommitFilter) => reader.query<HitRow>(hits.for({ ...query, filter }));
  for (;;) {
    const { rows, filter, mark } = await readWithUnfilled(reader, query.filter, read);
    if ((rows[0]?.count ?? 0) <= query.gatheredMax) return commitsOf(rows);
    const picked = await reader.query<Row & { readonly mark?: string }>(
      order.for({ ...query, filter }),
    );
    if (!isRebuilt({ since: mark, now: picked[0]?.mark })) return commitsOf(picked);
  }
}

/** Null when the repository has no such commit stored; one announced a moment ago is found. */
export async function findCommit(
  database: Database,
  repositoryId: number,
  oid: Oid,
): Promise<StoredCommit | null> {
  const [found] = await findStoredCommits(database, [{ repositoryId, oid }]);
  return found ?? null;
}

/** The same for many: what a replica does not have yet is read from the primary. In no order. */
export async function findStoredCommits(
  { reader, freshReader }: Database,
  wanted: readonly { repositoryId: number; oid: Oid }[],
): Promise<StoredCommit[]> {
  const found = await findCommits(reader, wanted);
  if (!reader.mayLag) return found;
  const known = new Set(found.map(({ id }) => id));
  const missing = wanted.filter(({ repositoryId, oid }) => !known.has(commitId(repositoryId, oid)));
  return missing.length === 0 ? found : [...found, ...(await findCommits(freshReader, missing))];
}

/** Those that are stored, in no order. */
export async function findCommits(
  reader: StatementReader,
  wanted: readonly { repositoryId: number; oid: Oid }[],
): Promise<StoredCommit[]> {
  const rows = await reader.query<{ commit: CommitJson }>(Prisma.sql`
    select ${commitJson("WHOLE")} as commit
      from unnest(${wanted.map(({ repositoryId }) => repositoryId)}::int[],
                  ${wanted.map(({ oid }) => oid)}::text[]) as wanted(repository_id, oid)
      join commit c on c.repository_id = wanted.repository_id and c.oid = decode(wanted.oid, 'hex')`);
  return rows.map(({ commit }) => toStoredCommit(commit));
}
