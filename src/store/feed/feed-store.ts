import type { Actor, Oid, StoredCommit } from "../../domain/commit.js";
import { TrackerError } from "../../domain/errors.js";
import type { FeedEvent, FeedPage, IngestKind, RewrittenOids } from "../../domain/feed-event.js";
import { EVERYTHING, type FeedFilter, narrow } from "../../domain/feed-filter.js";
import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import type { StatementReader } from "../../postgres/reader.js";
import { findByIds } from "../repositories/repository-reader.js";
import { byteaArray, type CommitJson, commitJson, toStoredCommit } from "../rows.js";
import { type EventRow, findEvents } from "./event-query.js";

/** Who wrote these commits of a repository, as far as they are stored. */
export async function readAuthors(
  tx: Transaction,
  repositoryId: number,
  oids: readonly Oid[],
): Promise<Map<Oid, Omit<Actor, "avatarUrl">>> {
  if (oids.length === 0) return new Map();
  const rows = await tx.$queryRaw<
    { oid: Oid; name: string; email: string; login: string | null }[]
  >`
    select encode(c.oid, 'hex') as oid, a.name, a.email, a.login
      from unnest(${oids}::text[]) as asked(oid)
      join commit c on c.repository_id = ${repositoryId} and c.oid = decode(asked.oid, 'hex')
      join actor a on a.repository_id = c.repository_id and a.hash = c.author_hash`;
  return new Map(rows.map(({ oid, ...author }) => [oid, author]));
}

export interface NewFeedEvent extends RewrittenOids {
  /** By which its commits name it; null where it stores none. */
  readonly id: bigint | null;
  /** Of the commits it stores. */
  readonly authorKeys: readonly string[];
  readonly oidsByAuthor: ReadonlyMap<string, RewrittenOids>;
}

/** What the events of one page have in common. */
export interface NewFeedEvents {
  readonly kind: IngestKind;
  readonly repositoryId: number;
  readonly headOid: Oid | null;
}

/**
 * Gives events their sequences, in their order; returns the last. Must be the last statement of its
 * transaction: it takes the lock on the one counter row, and holding that until the commit is what makes
 * sequence order commit order, without holes (docs/decisions/0001). Their authors need the sequences too
 * (docs/decisions/0007).
 */
export async function appendEvents(
  tx: Transaction,
  { kind, repositoryId, headOid }: NewFeedEvents,
  events: readonly NewFeedEvent[],
): Promise<bigint> {
  const authors = events.flatMap(({ authorKeys, oidsByAuthor }, index) =>
    [...new Set([...authorKeys, ...oidsByAuthor.keys()])].sort().map((key) => {
      return { key, place: index + 1, own: oidsByAuthor.get(key) };
    }),
  );
  const [row] = await tx.$queryRaw<{ sequence: bigint }[]>`
    with counter as (
      update feed set sequence = sequence + ${events.length}
      returning sequence - ${events.length} as before, sequence),
    authors as (
      insert into feed_author (author_key, sequence, orphaned_oids, restored_oids)
      select author.key, counter.before + author.place, author.orphaned::bytea[], author.restored::bytea[]
        from counter cross join unnest(
          ${authors.map(({ key }) => key)}::text[],
          ${authors.map(({ place }) => place)}::int[],
          ${authors.map(({ own }) => own && byteaArray(own.orphanedOids))}::text[],
          ${authors.map(({ own }) => own && byteaArray(own.restoredOids))}::text[]
        ) as author(key, place, orphaned, restored)),
    events as (
      insert into feed_event (
        id, sequence, kind, repository_id, head_oid, orphaned_oids, restored_oids)
      select coalesce(event.id, nextval('feed_event_id_seq')), counter.before + event.place,
             ${kind}::ingest_kind, ${repositoryId}, decode(${headOid}, 'hex'), event.orphaned::bytea[],
             event.restored::bytea[]
        from counter cross join unnest(
          ${events.map(({ id }) => id)}::bigint[],
          ${events.map(({ orphanedOids }) => byteaArray(orphanedOids))}::text[],
          ${events.map(({ restoredOids }) => byteaArray(restoredOids))}::text[]
        ) with ordinality as event(id, orphaned, restored, place))
    select sequence from counter`;
  if (row === undefined) throw new Error("the feed has no counter row");
  return row.sequence;
}

/** Forgets whose commits a repository's events told of: they are not found by author any more. */
export async function forgetAuthors(tx: Transaction, repositoryId: number): Promise<void> {
  await tx.$executeRaw`
    delete from feed_author a using feed_event e
     where e.repository_id = ${repositoryId} and a.sequence = e.sequence`;
}

/** Of commits in one read: each of thousands who replay may hold one, and messages are of any length. */
const READ_BYTES_MAX = 512 * 1_024;

/**
 * What a filter shows of the events after a sequence: at most `limit`, fewer where they are large.
 * `CURSOR_EXPIRED` when not all of the events after it are kept, whatever the filter, and for one from among
 * events that a restored database does not have. A page ends where the feed has a gap. Costs an index read of
 * what matches, whatever the length of the feed (`event-query.ts`).
 */
export async function readEvents(
  { liveReader }: { readonly liveReader: StatementReader },
  after: bigint,
  limit: number,
  filter: FeedFilter = EVERYTHING,
): Promise<FeedPage> {
  const [bounds, ...rest] = await findEvents(liveReader, after, limit, filter);
  if (bounds === undefined) throw new Error("the feed has no counter row");
  const { latest, oldest, gap_after: gapAfter, gap_up_to: gapUpTo } = bounds;
  if (after + 1n < oldest) throw cursorExpired(oldest);
  if (after > latest) throw cursorLost(latest);
  if (gapAfter !== null && gapUpTo !== null && after > gapAfter) throw cursorLost(gapUpTo);
  const all = [bounds, ...rest].filter((row): row is EventRow => row.id !== null);
  const found = gapAfter === null ? all : all.filter(({ sequence }) => sequence <= gapAfter);
  const rows = atMost(READ_BYTES_MAX, found);
  const last = rows.at(-1);
  const isWhole = rows.length === found.length && (found.length < all.length || all.length < limit);
  return {
    events: await readWhole(liveReader, rows, filter),
    position: isWhole || last === undefined ? (gapUpTo ?? latest) : last.sequence,
    isEnd: isWhole && gapUpTo === null,
  };
}

function cursorExpired(oldestSequence: bigint): TrackerError {
  return new TrackerError(
    "CURSOR_EXPIRED",
    `The feed no longer keeps all that followed \`after\`: its oldest event is ${oldestSequence}. Read what is stored with the query \`commits\`, and go on with after: "${oldestSequence - 1n}".`,
    { field: "after", oldestSequence },
  );
}

/** Nothing is lost by going on from there: what was stored since the backup is stored, and told, again. */
function cursorLost(upTo: bigint): TrackerError {
  return new TrackerError(
    "CURSOR_EXPIRED",
    `\`after\` is of events that were lost when the database was restored from a backup. Read what is stored with the query \`commits\`, and go on with after: "${upTo}".`,
    { field: "after", oldestSequence: upTo + 1n },
  );
}

/** As many of the first as are within the bytes, and one in any case. */
function atMost(bytesMax: number, rows: readonly EventRow[]): EventRow[] {
  let total = 0;
  const end = rows.findIndex(({ bytes }, index) => {
    total += bytes;
    return index > 0 && total > bytesMax;
  });
  return end === -1 ? [...rows] : rows.slice(0, end);
}

/** With their commits and repositories, as these are now, narrowed. */
async function readWhole(
  reader: StatementReader,
  rows: readonly EventRow[],
  filter: FeedFilter,
): Promise<FeedEvent[]> {
  if (rows.length === 0) return [];
  const [commits, repositories] = await Promise.all([
    reader.query<{ commit: CommitJson }>(Prisma.sql`
      select ${commitJson("WHOLE")} as commit
        from commit c where c.event_id = any(${rows.map(({ id }) => id)}::bigint[])
       order by c.event_id, c.position`),
    findByIds(reader, [...new Set(rows.map((row) => row.repository_id))]),
  ]);
  const byId = new Map(repositories.map((repository) => [repository.id, repository]));
  const bySequence = new Map<bigint, StoredCommit[]>(rows.map(({ sequence }) => [sequence, []]));
  for (const row of commits) {
    const commit = toStoredCommit(row.commit);
    bySequence.get(commit.sequence)?.push(commit);
  }
  return rows.flatMap((row) => {
    const event = {
      sequence: row.sequence,
      kind: row.kind,
      repository: required(byId.get(row.repository_id), "repository of an event"),
      headOid: row.head_oid,
      ingestedAt: row.ingested_at,
      commits: bySequence.get(row.sequence) ?? [],
      orphanedOids: row.orphaned_oids,
      restoredOids: row.restored_oids,
      oidsByAuthor: new Map(Object.entries(row.oids_by_author ?? {})),
    };
    return narrow(event, filter) ?? [];
  });
}

export interface FeedStatus {
  /** Of the newest event; 0 before the first. */
  readonly sequence: bigint;
  /** Of the oldest event still kept; null when there is none. */
  readonly oldestSequence: bigint | null;
}

export async function readFeedStatus({
  liveReader,
}: {
  readonly liveReader: StatementReader;
}): Promise<FeedStatus> {
  const [feed] = await liveReader.query<{ sequence: bigint; oldest: bigint }>(Prisma.sql`
    select sequence, oldest_sequence as oldest from feed`);
  const { sequence, oldest } = required(feed, "counter row of the feed");
  return { sequence, oldestSequence: oldest > sequence ? null : oldest };
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the ${what} is missing`);
  return value;
}
