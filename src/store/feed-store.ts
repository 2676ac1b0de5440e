import type { Oid, StoredCommit } from "../domain/commit.js";
import type { FeedEvent, IngestKind } from "../domain/feed-event.js";
import { byteaArray } from "./commit-store.js";
import type { Database, Transaction } from "./database.js";
import { databaseError } from "./database-error.js";
import { type CommitRow, toRepository, toStoredCommit } from "./rows.js";

/** An id for an event whose page is about to be written. Unused ones leave gaps: it is no order. */
export async function reserveEventId(tx: Transaction): Promise<bigint> {
  const [row] = await tx.$queryRaw<{ id: bigint }[]>`select nextval('feed_event_id_seq') as id`;
  if (row === undefined) throw new Error("nextval returned no row");
  return row.id;
}

export interface NewFeedEvent {
  readonly id: bigint;
  readonly kind: IngestKind;
  readonly repositoryId: number;
  readonly headOid: Oid | null;
  readonly orphanedOids?: readonly Oid[];
  readonly restoredOids?: readonly Oid[];
}

/**
 * Gives the event its sequence. Must be the last statement of its transaction: it takes the lock on
 * the one counter row, and holding that until the commit is what makes sequence order commit order,
 * without holes (docs/decisions/0001).
 */
export async function appendEvent(tx: Transaction, event: NewFeedEvent): Promise<bigint> {
  const [row] = await tx.$queryRaw<{ sequence: bigint }[]>`
    with counter as (update feed set sequence = sequence + 1 returning sequence)
    insert into feed_event (
      id, sequence, kind, repository_id, head_oid, orphaned_oids, restored_oids)
    select ${event.id}, counter.sequence, ${event.kind}::ingest_kind, ${event.repositoryId},
           decode(${event.headOid}, 'hex'), ${byteaArray(event.orphanedOids ?? [])}::bytea[],
           ${byteaArray(event.restoredOids ?? [])}::bytea[]
      from counter
    returning sequence`;
  if (row === undefined) throw new Error("the feed has no counter row");
  return row.sequence;
}

/** Events after a sequence, ascending and without holes, at most `limit`, each with its commits. */
export async function readEvents(
  { primary }: Database,
  after: bigint,
  limit: number,
): Promise<FeedEvent[]> {
  try {
    const events = await primary.$queryRaw<EventRow[]>`
      select id, sequence, kind::text as kind, repository_id, encode(head_oid, 'hex') as head_oid,
             ingested_at, array(select encode(o, 'hex') from unnest(orphaned_oids) o) as orphaned_oids,
             array(select encode(o, 'hex') from unnest(restored_oids) o) as restored_oids
        from feed_event where sequence > ${after} order by sequence limit ${limit}`;
    if (events.length === 0) return [];
    const commits = await primary.$queryRaw<CommitRow[]>`
      select c.*, e.sequence, e.ingested_at
        from commit c join feed_event e on e.id = c.event_id
       where c.event_id = any(${events.map(({ id }) => id)}::bigint[])
       order by c.event_id, c.position`;
    const repositories = await primary.repository.findMany({
      where: { id: { in: [...new Set(events.map((event) => event.repository_id))] } },
    });
    const byId = new Map(repositories.map((row) => [row.id, toRepository(row)]));
    const byEvent = new Map<bigint, StoredCommit[]>(events.map(({ id }) => [id, []]));
    for (const row of commits) byEvent.get(row.event_id)?.push(toStoredCommit(row));
    return events.map((row) => ({
      sequence: row.sequence,
      kind: row.kind,
      repository: required(byId.get(row.repository_id), "repository of an event"),
      headOid: row.head_oid,
      ingestedAt: row.ingested_at,
      commits: byEvent.get(row.id) ?? [],
      orphanedOids: row.orphaned_oids,
      restoredOids: row.restored_oids,
    }));
  } catch (error) {
    throw databaseError(error);
  }
}

export interface FeedStatus {
  /** Of the newest event; 0 before the first. */
  readonly sequence: bigint;
  /** Of the oldest event still kept; null before the first. */
  readonly oldestSequence: bigint | null;
}

export async function readFeedStatus({ primary }: Database): Promise<FeedStatus> {
  try {
    const [row] = await primary.$queryRaw<{ sequence: bigint; oldest: bigint | null }[]>`
      select sequence, (select min(sequence) from feed_event) as oldest from feed`;
    return { sequence: row?.sequence ?? 0n, oldestSequence: row?.oldest ?? null };
  } catch (error) {
    throw databaseError(error);
  }
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the ${what} is missing`);
  return value;
}

interface EventRow {
  id: bigint;
  sequence: bigint;
  kind: IngestKind;
  repository_id: number;
  head_oid: Oid | null;
  ingested_at: Date;
  orphaned_oids: Oid[];
  restored_oids: Oid[];
}
