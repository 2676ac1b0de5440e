import { Prisma } from "../../postgres/prisma-client/client.js";
import type { SubjectSql } from "../of-each.js";
import { unfilledEvents } from "../projections/projection-store.js";
import { STATISTICS_PROJECTION } from "./statistics-store.js";

/**
 * A statement about statistics, with the table `unfilled` before it: the reachable commits that they do not
 * hold yet. Read once, whatever the number of subjects, and event by event: the planner does not know how
 * few they are.
 */
export function besideUnfilled(statement: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    with unfilled as materialized (
      select c.* from (${unfilledEvents(STATISTICS_PROJECTION)}) as e cross join lateral (
        select repository_id, author_hash, committed_at from commit
         where event_id = e.id and reachable = true offset 0) as c)
    ${statement}`;
}

/** Of a subject's, the spellings: rows of `person_key`, `author_hash`, `count`, `first_at` and `last_at`. */
export function unfilledSpellings({ isOf }: SubjectSql): Prisma.Sql {
  return spellings(Prisma.sql`select author_hash, committed_at from unfilled where ${isOf}`, isOf);
}

/** The same of any commits, given as rows of `author_hash` and `committed_at`. */
export function spellings(commits: Prisma.Sql, isOf: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    select a.person_key, own.*
      from (select author_hash, count(*)::int as count, min(committed_at) as first_at,
                   max(committed_at) as last_at
              from (${commits}) as commits group by author_hash) as own
     cross join lateral (
       select person_key from author
        where author_hash = own.author_hash and ${isOf} limit 1) as a`;
}
