import {
  authorsOf,
  type CommitFilter,
  hasWords,
  matches,
  reachabilities,
} from "./commit-filter.js";
import { Prisma } from "./prisma-client/client.js";

/**
 * As many commits are gathered through a filter's own index and sorted or counted: about the most for
 * which that is quicker than reading an order and picking what matches (docs/decisions/0012).
 */
export const GATHERED_MAX = 10_000;

/**
 * Two tables: `candidate`, found through the index of the narrowest part of the filter, cut off where
 * there are more than the limit; and `hit`, those of them that match. Neither is in any order.
 */
export function gathered(filter: CommitFilter, limit: number): Prisma.Sql {
  return Prisma.sql`
    candidate as materialized (${candidates(filter, limit + 1)} limit ${limit + 1}),
    hit as (select * from candidate c where ${matches(filter)})`;
}

const KEYS = Prisma.sql`
  c.repository_id, c.oid, c.committed_at, c.reachable, c.author_hash, c.event_id, c.position`;

function candidates(filter: CommitFilter, limit: number): Prisma.Sql {
  const { repositoryId, author, since, until, words } = filter;
  if (words !== undefined) {
    return Prisma.sql`select ${KEYS} from commit c where ${hasWords(filter)}`;
  }
  // Written out, not as a parameter: how many rows it is depends on nothing so much.
  const arms = reachabilities(filter).map((reachable) => {
    const own = Prisma.sql`
      select ${KEYS} from commit c
       where c.reachable = ${reachable ? Prisma.sql`true` : Prisma.sql`false`}
         and c.committed_at >= coalesce(${since ?? null}::timestamptz, '-infinity')
         and c.committed_at <= coalesce(${until ?? null}::timestamptz, 'infinity')`;
    if (author !== undefined) {
      return Prisma.sql`(select own.* from (${authorsOf(filter)}) as a cross join lateral (
        ${own} and c.repository_id = a.repository_id and c.author_hash = a.author_hash
         limit ${limit}) as own)`;
    }
    if (repositoryId === null) return Prisma.sql`(${own} limit ${limit})`;
    return Prisma.sql`(${own} and c.repository_id = ${repositoryId} limit ${limit})`;
  });
  return Prisma.sql`select * from (${Prisma.join(arms, " union all ")}) as own`;
}
