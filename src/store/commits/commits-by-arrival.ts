import { INGEST_KINDS } from "../../domain/feed-event.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { type ValueOf, written } from "../../postgres/statement.js";
import { matches, REPOSITORY_ID, repositoriesOf, showsWords } from "./commit-filter.js";
import {
  type ArrivalKey,
  type End,
  fromKeys,
  type PageQuery,
  pageShape,
  wayOf,
} from "./commit-order.js";

/** A page in the order of arrival. */
export type ArrivalQuery = PageQuery<ArrivalKey>;

/** All that the texts below depend on. */
export const arrivalShape = pageShape<ArrivalKey>;

/**
 * From where such a page is read, as rows `c` of `commit`: a page's worth of events that have a commit
 * to show, in the order of their sequences, and their commits. Commits have no sequence of their own
 * (docs/decisions/0001); an event's lie together, in order.
 *
 * Bounds on the index's columns instead of equality, for the reason given in `commits-by-date.ts`.
 */
export function fromArrivals(query: ArrivalQuery): Prisma.Sql {
  const { filter } = query;
  const way = wayOf(query);
  const shown = Prisma.sql`c.event_id = e.id and ${matches(filter)} and ${isWithin(query)}
    and ${showsWords(filter)}`;
  // As `exists` it could become a join, for which all commits of a repository would be read.
  const isShown = Prisma.sql`(select true from commit c where ${shown} limit 1)`;
  const repositories = repositoriesOf(filter);
  const own =
    repositories === null ? Prisma.sql`${REPOSITORY_ID}::int` : Prisma.sql`r.repository_id`;
  const each = repositories === null ? Prisma.empty : Prisma.sql`${repositories} as r cross join`;
  const events =
    filter.repositoryId === null && repositories === null
      ? Prisma.sql`
          select e.id, e.sequence from feed_event e
           where e.sequence >= ${FROM}::bigint and e.sequence <= ${TO}::bigint and ${isShown}
           order by e.sequence ${way} limit ${written(query.limit)}`
      : Prisma.sql`
          select own.* from ${each} unnest(${INGEST_KINDS}::text[]::ingest_kind[]) as k(kind)
           cross join lateral (
             select e.id, e.sequence from feed_event e
              where (e.repository_id, e.kind, e.sequence) >= (${own}, k.kind, ${FROM}::bigint)
                and (e.repository_id, e.kind, e.sequence) <= (${own}, k.kind, ${TO}::bigint)
                and ${isShown}
              order by e.repository_id ${way}, e.kind ${way}, e.sequence ${way}
              limit ${written(query.limit)}) as own
           order by own.sequence ${way} limit ${written(query.limit)}`;
  // Event by event: as a join it could read all commits of a repository too.
  const keys = Prisma.sql`
    select own.* from (${events}) as e cross join lateral (
      select c.repository_id, c.oid, e.sequence, c.position from commit c where ${shown}
       order by c.position ${way} limit ${written(query.limit)}) as own
     order by own.sequence ${way}, own.position ${way} limit ${written(query.limit)}`;
  return fromKeys(keys, arrivalOrder(query));
}

/** The same page of those of the hits `hit`. */
export function arrivalKeysOfHits(query: ArrivalQuery): Prisma.Sql {
  return Prisma.sql`
    select k.* from (
      select c.repository_id, c.oid, e.sequence, c.position
        from hit c join feed_event e on e.id = c.event_id
       where ${isWithin(query)}) as k
     order by ${arrivalOrder(query)} limit ${written(query.limit)}`;
}

export function arrivalOrder(query: ArrivalQuery): Prisma.Sql {
  const way = wayOf(query);
  return Prisma.sql`k.sequence ${way}, k.position ${way}`;
}

const SEQUENCE_MAX = 2n ** 63n - 1n;
const FROM: ValueOf<ArrivalQuery> = ({ low }) => low?.sequence ?? 0n;
const TO: ValueOf<ArrivalQuery> = ({ high }) => high?.sequence ?? SEQUENCE_MAX;
const POSITION: Readonly<Record<End, ValueOf<ArrivalQuery>>> = {
  low: ({ low }) => low?.position,
  high: ({ high }) => high?.position,
};

/** Whether a row `c` of an event `e` is within the stretch. */
function isWithin({ low, high }: ArrivalQuery): Prisma.Sql {
  const isAbove = Prisma.sql`(e.sequence, c.position) > (${FROM}::bigint, ${POSITION.low}::smallint)`;
  const isBelow = Prisma.sql`(e.sequence, c.position) < (${TO}::bigint, ${POSITION.high}::smallint)`;
  const bounds = [...(low === null ? [] : [isAbove]), ...(high === null ? [] : [isBelow])];
  return Prisma.join([Prisma.sql`true`, ...bounds], " and ");
}
