import { INGEST_KINDS } from "../domain/feed-event.js";
import { type CommitFilter, matches, showsWords } from "./commit-filter.js";
import {
  type ArrivalKey,
  ends,
  type Page,
  readingDirection,
  type Stretch,
} from "./commit-order.js";
import { Prisma } from "./prisma-client/client.js";

/**
 * The keys of a page in the order of arrival: a page's worth of events that have a commit to show, in
 * the order of their sequences, and their commits. Commits have no sequence of their own
 * (docs/decisions/0001); an event's lie together, in order.
 *
 * Bounds on the index's columns instead of equality, for the reason given in `commits-by-date.ts`.
 */
export function keysByArrival(
  filter: CommitFilter,
  stretch: Stretch<ArrivalKey>,
  page: Page,
): Prisma.Sql {
  const { low, high } = ends(stretch, page);
  const way = readingDirection(page);
  const from = low?.sequence ?? 0n;
  const to = high?.sequence ?? SEQUENCE_MAX;
  const shown = Prisma.sql`c.event_id = e.id and ${matches(filter)} and ${isBetween(stretch, page)}
    and ${showsWords(filter)}`;
  // As `exists` it could become a join, for which all commits of a repository would be read.
  const isShown = Prisma.sql`(select true from commit c where ${shown} limit 1)`;
  const { repositoryId } = filter;
  const events =
    repositoryId === null
      ? Prisma.sql`
          select e.id, e.sequence from feed_event e
           where e.sequence >= ${from} and e.sequence <= ${to} and ${isShown}
           order by e.sequence ${way} limit ${page.count + 1}`
      : Prisma.sql`
          select own.* from unnest(${INGEST_KINDS}::text[]::ingest_kind[]) as k(kind)
           cross join lateral (
             select e.id, e.sequence from feed_event e
              where (e.repository_id, e.kind, e.sequence) >= (${repositoryId}::int, k.kind, ${from})
                and (e.repository_id, e.kind, e.sequence) <= (${repositoryId}::int, k.kind, ${to})
                and ${isShown}
              order by e.repository_id ${way}, e.kind ${way}, e.sequence ${way}
              limit ${page.count + 1}) as own
           order by own.sequence ${way} limit ${page.count + 1}`;
  return Prisma.sql`
    select c.repository_id, c.oid, e.sequence, c.position from (${events}) as e join commit c on ${shown}
     order by e.sequence ${way}, c.position ${way} limit ${page.count + 1}`;
}

/** Whether a row `c` of an event `e` is within the stretch. */
export function isBetween(stretch: Stretch<ArrivalKey>, page: Page): Prisma.Sql {
  const { low, high } = ends(stretch, page);
  const compare = (sign: Prisma.Sql, key: ArrivalKey | null) =>
    key === null
      ? Prisma.sql`true`
      : Prisma.sql`(e.sequence, c.position) ${sign} (${key.sequence}, ${key.position}::smallint)`;
  return Prisma.sql`${compare(Prisma.sql`>`, low)} and ${compare(Prisma.sql`<`, high)}`;
}

const SEQUENCE_MAX = 2n ** 63n - 1n;
