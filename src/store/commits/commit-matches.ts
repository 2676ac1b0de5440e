import { Prisma } from "../../postgres/prisma-client/client.js";
import { written } from "../../postgres/statement.js";
import { commitsAt, wordPlaces } from "../words/word-matches.js";
import {
  authorsOf,
  type CommitFilter,
  literal,
  matches,
  REPOSITORY_ID,
  reachabilities,
  repositoriesOf,
  SINCE,
  SOUGHT_WORDS,
  UNFILLED,
  UNTIL,
} from "./commit-filter.js";

/**
 * As many commits are gathered through a filter's own index and sorted or counted: about the most for
 * which that is quicker than reading an order and picking what matches (docs/decisions/0012).
 */
export const GATHERED_MAX = 10_000;

/**
 * Two tables: `candidate`, found through the index of the narrowest part of the filter, cut off where
 * there are more than that; and `hit`, those of them that match. Neither is in any order. And `size`: how
 * many candidates there are. Of too many by words only that is found out, unless they are counted.
 */
export function gathered(
  filter: CommitFilter,
  gatheredMax: number,
  { isCounted = false } = {},
): Prisma.Sql {
  const limit = written(gatheredMax + 1);
  const hit = Prisma.sql`hit as (select * from candidate c where ${matches(filter)})`;
  if (filter.words === undefined) {
    return Prisma.sql`
      candidate as materialized (${candidates(filter, limit)} limit ${limit}), ${hit},
      size as (select count(*)::int as count from candidate)`;
  }
  const { isLimited = false, unfilled } = filter;
  const isOne = filter.words.length === 1 && filter.repositoryId === null;
  const isRead = isCounted
    ? Prisma.sql`true`
    : Prisma.sql`(select count <= ${written(gatheredMax)} from size)`;
  const filled = commitsAt(Prisma.sql`select * from place where ${isRead}`);
  const all =
    unfilled === undefined ? filled : Prisma.sql`${filled} union select * from ${UNFILLED}`;
  return Prisma.sql`
    place as materialized (${wordPlaces(SOUGHT_WORDS, { isLimited, isOne })} limit ${limit}),
    size as (select count(*)::int as count from place),
    candidate as materialized (
      select c.* from (${all}) as at cross join lateral ( -- one by one: a join might read all commits
        select ${KEYS} from commit c
         where c.event_id = at.event_id and c.position = at.position limit 1) as c),
    ${hit}`;
}

const KEYS = Prisma.sql`
  c.repository_id, c.oid, c.committed_at, c.reachable, c.author_hash, c.event_id, c.position`;

function candidates(filter: CommitFilter, limit: Prisma.Sql): Prisma.Sql {
  const { repositoryId, author } = filter;
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
