import type { Oid } from "../../domain/commit.js";
import { INGEST_KINDS, type IngestKind, type RewrittenOids } from "../../domain/feed-event.js";
import type { FeedFilter } from "../../domain/feed-filter.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import type { StatementReader } from "../../postgres/reader.js";
import { written } from "../../postgres/statement.js";
import { visibleIds } from "../repositories/visible-repositories.js";

/** Of a commit without its message. */
const COMMIT_BYTES = 500;

interface Bounds {
  /** Of the feed's newest event. */
  latest: bigint;
  /** Of the oldest that is kept. */
  oldest: bigint;
  /** The next gap that the feed has, or the one that `after` lies in: from here … */
  gap_after: bigint | null;
  /** … to there. */
  gap_up_to: bigint | null;
}

export interface NoEventRow extends Bounds {
  id: null;
}

export interface EventRow extends Bounds {
  id: bigint;
  sequence: bigint;
  kind: IngestKind;
  repository_id: number;
  head_oid: Oid | null;
  ingested_at: Date;
  orphaned_oids: Oid[];
  restored_oids: Oid[];
  oids_by_author: Readonly<Record<string, RewrittenOids>> | null;
  /** About what its commits take. */
  bytes: number;
}

/**
 * The events that a filter asks for, without their commits, beside the feed's bounds. One statement, so
 * that these are of the same snapshot: whatever else matches comes after its end.
 */
export async function findEvents(
  reader: StatementReader,
  after: bigint,
  limit: number,
  filter: FeedFilter,
): Promise<(EventRow | NoEventRow)[]> {
  const ofAuthor =
    filter.author === null ? Prisma.empty : Prisma.sql`and a.author_key = ${filter.author}`;
  return await reader.query<EventRow | NoEventRow>(Prisma.sql`
    select feed.sequence as latest, feed.oldest_sequence as oldest,
           gap.after_sequence as gap_after, gap.up_to_sequence as gap_up_to, found.*
      from feed left join lateral (
        select after_sequence, up_to_sequence from feed_gap
         where up_to_sequence > ${after} order by up_to_sequence limit 1
      ) as gap on true left join lateral (
        select e.id, e.sequence, e.kind::text as kind, e.repository_id,
               encode(e.head_oid, 'hex') as head_oid, e.ingested_at,
               array(select encode(o, 'hex') from unnest(e.orphaned_oids) o) as orphaned_oids,
               array(select encode(o, 'hex') from unnest(e.restored_oids) o) as restored_oids,
               case when cardinality(e.orphaned_oids) + cardinality(e.restored_oids) > 0 then (
                 select jsonb_object_agg(a.author_key, jsonb_build_object(
                          'orphanedOids', array(select encode(o, 'hex') from unnest(a.orphaned_oids) o),
                          'restoredOids', array(select encode(o, 'hex') from unnest(a.restored_oids) o)))
                   from feed_author a
                  where a.sequence = e.sequence and a.orphaned_oids is not null ${ofAuthor}
               ) end as oids_by_author,
               (select coalesce(sum(octet_length(c.message) + ${COMMIT_BYTES}::int), 0)::int
                  from commit c where c.event_id = e.id) as bytes
          from (${matching(filter, after, limit)}) as match
          join feed_event e on e.sequence = match.sequence
      ) as found on true
     order by found.sequence`);
}

/**
 * The sequences that a filter asks for. An author's come from `feed_author`, in order; repositories
 * and kinds are merged, each from its own stretch of an index.
 *
 * Bounds on the index's columns in its order, not equality: with `repository_id = x … order by
 * sequence` the planner may as well read everybody's events in order and pick, and for one that is
 * rarer than the average that would be the whole feed.
 */
function matching(filter: FeedFilter, after: bigint, limit: number): Prisma.Sql {
  const { author } = filter;
  const ids = wantedIds(filter);
  const most = written(limit);
  const kinds = [...(filter.kinds ?? INGEST_KINDS)];
  if (author !== null) {
    return Prisma.sql`
      select a.sequence from feed_author a join feed_event e on e.sequence = a.sequence
       where (a.author_key, a.sequence) > (${author}, ${after}) and a.author_key <= ${author}
         and (${ids} is null or e.repository_id = any(${ids}))
         and e.kind = any(${kinds}::text[]::ingest_kind[])
       order by a.author_key, a.sequence limit ${most}`;
  }
  if (filter.repositoryIds !== null || filter.scope !== null) {
    return Prisma.sql`
      select own.sequence
        from unnest(${ids}) as r(id)
       cross join unnest(${kinds}::text[]::ingest_kind[]) as k(kind)
       cross join lateral (
         select sequence from feed_event
          where (repository_id, kind, sequence) > (r.id, k.kind, ${after})
            and (repository_id, kind) <= (r.id, k.kind)
          order by repository_id, kind, sequence limit ${most}) as own
       order by own.sequence limit ${most}`;
  }
  if (filter.kinds !== null) {
    return Prisma.sql`
      select own.sequence
        from unnest(${kinds}::text[]::ingest_kind[]) as k(kind)
       cross join lateral (
         select sequence from feed_event
          where (kind, sequence) > (k.kind, ${after}) and kind <= k.kind
          order by kind, sequence limit ${most}) as own
       order by own.sequence limit ${most}`;
  }
  return Prisma.sql`
    select sequence from feed_event where sequence > ${after} order by sequence limit ${most}`;
}

/** Null: all. */
function wantedIds({ repositoryIds, scope }: FeedFilter): Prisma.Sql {
  const named = Prisma.sql`${repositoryIds === null ? null : [...repositoryIds]}::int[]`;
  if (scope === null) return named;
  return Prisma.sql`array(
    select id from (${visibleIds(scope)}) as visible where ${named} is null or id = any(${named}))`;
}
