import { Prisma } from "../../postgres/prisma-client/client.js";
import { written } from "../../postgres/statement.js";
import {
  authorsOf,
  type CommitFilter,
  hasWords,
  literal,
  matches,
  REPOSITORY_ID,
  reachabilities,
  repositoriesOf,
  SINCE,
  UNTIL,
} from "./commit-filter.js";

/**
 * As many commits are gathered through a filter's own index and sorted or counted: about the most for
 * which that is quicker than reading an order and picking what matches (docs/decisions/0012).
 */
export const GATHERED_MAX = 10_000;

/**
 * Two tables: `candidate`, found through the index of the narrowest part of the filter, cut off where
 * there are more than that; and `hit`, those of them that match. Neither is in any order.
 */
export function gathered(filter: CommitFilter, gatheredMax: number): Prisma.Sql {
  const limit = written(gatheredMax + 1);
  return Prisma.sql`
    candidate as materialized (${candidates(filter, limit)} limit ${limit}),
    hit as (select * from candidate c where ${matches(filter)})`;
}

const KEYS = Prisma.sql`
  c.repository_id, c.oid, c.committed_at, c.reachable, c.author_hash, c.event_id, c.position`;

function candidates(filter: CommitFilter, limit: Prisma.Sql): Prisma.Sql {
  const { repositoryId, author, words } = filter;
  if (words !== undefined)
    return Prisma.sql`select ${KEYS} from commit c where ${hasWords(filter)}`;
  const arms = reachabilities(filter).map((reachable) => {
    const own = Prisma.sql`
      select ${KEYS} from commit c
       where c.reachable = ${literal(reachable)}
         and c.committed_at >= coalesce(${SINCE}::timestamptz, '-infinity')
         and c.committed_at <= coalesce(${UNTIL}::timestamptz, 'infinity')`;
    if (author !== undefined) {
      return Prisma.sql`(select own.* from (${authorsOf(filter)}) as a cross join lateral (
        ${own} and c.repository_id = a.repository_id and c.author_hash = a.author_hash
         limit ${limit}) as own)`;
    }
    const repositories = repositoriesOf(filter);
    if (repositories !== null) {
      return Prisma.sql`(select own.* from ${repositories} as r cross join lateral (
        ${own} and c.repository_id = r.repository_id limit ${limit}) as own)`;
    }
    if (repositoryId === null) return Prisma.sql`(${own} limit ${limit})`;
    return Prisma.sql`(${own} and c.repository_id = ${REPOSITORY_ID}::int limit ${limit})`;
  });
  return Prisma.sql`select * from (${Prisma.join(arms, " union all ")}) as own`;
}
