import type { Oid, StoredCommit } from "../domain/commit.js";
import type { CommitFilter } from "./commit-filter.js";
import { GATHERED_MAX, gathered } from "./commit-matches.js";
import {
  type ArrivalKey,
  type DateKey,
  type Page,
  readingDirection,
  type Stretch,
} from "./commit-order.js";
import { isBetween, keysByArrival } from "./commits-by-arrival.js";
import { isWithin, keysByDate } from "./commits-by-date.js";
import type { Database, Transaction } from "./database.js";
import { inOrder, read } from "./list.js";
import { Prisma } from "./prisma-client/client.js";
import { COMMIT_JSON, type CommitJson, toStoredCommit } from "./rows.js";

interface Reader {
  readonly reader: Transaction;
}

/**
 * A page of the commits that match, by committer date, repository and oid; one more than asked for
 * where there are more, at the page's far end. Reads an index from the key on, however deep the page.
 */
export async function listCommitsByDate(
  { reader }: Reader,
  filter: CommitFilter,
  stretch: Stretch<DateKey>,
  page: Page,
  gatheredMax: number = GATHERED_MAX,
): Promise<StoredCommit[]> {
  const way = readingDirection(page);
  const order = Prisma.sql`k.committed_at ${way}, k.repository_id ${way}, k.oid ${way}`;
  const keys = Prisma.sql`
    select k.repository_id, k.oid, k.committed_at from hit k
     where ${isWithin(stretch, page)} order by ${order} limit ${page.count + 1}`;
  const isNarrow = filter.words !== undefined; // all else has its own index in this order
  const found = isNarrow ? await readGathered(reader, filter, { keys, order, gatheredMax }) : null;
  const rows = found ?? (await readRows(reader, keysByDate(filter, stretch, page), order));
  return inOrder(rows, page).map(toStoredCommit);
}

/** The same in the order of arrival: the feed's sequence, then the place in the event. */
export async function listCommitsByArrival(
  { reader }: Reader,
  filter: CommitFilter,
  stretch: Stretch<ArrivalKey>,
  page: Page,
  gatheredMax: number = GATHERED_MAX,
): Promise<StoredCommit[]> {
  const way = readingDirection(page);
  const order = Prisma.sql`k.sequence ${way}, k.position ${way}`;
  const keys = Prisma.sql`
    select k.* from (
      select c.repository_id, c.oid, e.sequence, c.position
        from hit c join feed_event e on e.id = c.event_id
       where ${isBetween(stretch, page)}) as k
     order by ${order} limit ${page.count + 1}`;
  const { author, since, until, words, reachable } = filter;
  const isNarrow =
    reachable === false || [author, since, until, words].some((part) => part !== undefined);
  const found = isNarrow ? await readGathered(reader, filter, { keys, order, gatheredMax }) : null;
  const rows = found ?? (await readRows(reader, keysByArrival(filter, stretch, page), order));
  return inOrder(rows, page).map(toStoredCommit);
}

/** By the keys' own columns: by those of `feed_event` the planner would read all of it in order. */
async function readRows(
  client: Transaction,
  keys: Prisma.Sql,
  order: Prisma.Sql,
): Promise<CommitJson[]> {
  const rows = await read(client.$queryRaw<{ commit: CommitJson }[]>`
    select ${COMMIT_JSON} as commit
      from (${keys}) as k
      join commit c on c.repository_id = k.repository_id and c.oid = k.oid
      join feed_event e on e.id = c.event_id
     order by ${order}`);
  return rows.map(({ commit }) => commit);
}

/** Null when there are too many to gather. */
async function readGathered(
  client: Transaction,
  filter: CommitFilter,
  { keys, order, gatheredMax }: { keys: Prisma.Sql; order: Prisma.Sql; gatheredMax: number },
): Promise<CommitJson[] | null> {
  const rows = await read(client.$queryRaw<{ commit: CommitJson | null; count: number }[]>`
    with ${gathered(filter, gatheredMax)}
    select size.count, c.*
      from (select count(*)::int as count from candidate) as size
      left join lateral (
        select ${COMMIT_JSON} as commit
          from (${keys}) as k
          join commit c on c.repository_id = k.repository_id and c.oid = k.oid
          join feed_event e on e.id = c.event_id
         where size.count <= ${gatheredMax}
         order by ${order}) as c on true`);
  if ((rows[0]?.count ?? 0) > gatheredMax) return null;
  return rows.flatMap(({ commit }) => (commit === null ? [] : [commit]));
}

/** Null when the repository has no such commit stored; one announced a moment ago is found. */
export async function findCommit(
  { reader, primary }: Database,
  repositoryId: number,
  oid: Oid,
): Promise<StoredCommit | null> {
  const wanted = [{ repositoryId, oid }];
  const [found] = await findCommits(reader, wanted);
  if (found !== undefined || reader === primary) return found ?? null;
  return (await findCommits(primary, wanted))[0] ?? null;
}

/** Those that are stored, in no order. */
export async function findCommits(
  client: Transaction,
  wanted: readonly { repositoryId: number; oid: Oid }[],
): Promise<StoredCommit[]> {
  const rows = await read(client.$queryRaw<{ commit: CommitJson }[]>`
    select ${COMMIT_JSON} as commit
      from unnest(${wanted.map(({ repositoryId }) => repositoryId)}::int[],
                  ${wanted.map(({ oid }) => oid)}::text[]) as wanted(repository_id, oid)
      join commit c on c.repository_id = wanted.repository_id and c.oid = decode(wanted.oid, 'hex')
      join feed_event e on e.id = c.event_id`);
  return rows.map(({ commit }) => toStoredCommit(commit));
}
