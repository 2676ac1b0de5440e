import { Prisma } from "../../postgres/prisma-client/client.js";
import { limitFor, written } from "../../postgres/statement.js";
import type { SubjectSql } from "../of-each.js";
import { type AuthorPage, isBetween, orderOf } from "./author-order.js";

/** Whether a subject has rows in `contributor`: not where it has few commits, or is some repositories. */
export function isSummed({ id }: SubjectSql): Prisma.Sql {
  return Prisma.sql`exists (select from contributor where repository_id = ${id})`;
}

/** The table `top` of a page, of all times. `recent` has the spellings of what is not filled yet. */
export function topOfAll(subject: SubjectSql, page: AuthorPage): Prisma.Sql {
  const order = Prisma.sql`order by ${orderOf(page)} limit ${written(limitFor(page.count + 1))}`;
  const unrisen = (people: Prisma.Sql) => Prisma.sql`
    (select * from (${people}) as filled
      where ${isBetween(page)}
        and person_key not in (select person_key from risen) ${order})`;
  return Prisma.sql`
    risen as materialized (
      select person_key, sum(count)::int as commit_count, min(first_at) as first_at,
             max(last_at) as last_at
        from (select person_key, count, first_at, last_at from recent
              union all
              select filled.* from (select distinct person_key from recent) as own
               cross join lateral (${contributors(subject)} and person_key = own.person_key) as filled
              union all
              select filled.* from (select distinct person_key from recent) as own
               cross join lateral (${people(subject, Prisma.sql`person_key = own.person_key`)}) as filled
             ) as added group by person_key),
    top as materialized (
      select * from (
        ${unrisen(contributors(subject))} union all
        ${unrisen(people(subject, Prisma.sql`true`))} union all
        select * from risen where ${isBetween(page)}) as person ${order})`;
}

/** How many people of all times there are, at most. */
export function countOfAll(subject: SubjectSql, countMax: number): Prisma.Sql {
  return Prisma.sql`
    select count(*)::int as count
      from (select person_key from (${contributors(subject)}) as c
            union select person_key from (${people(subject, Prisma.sql`true`)}) as p
            union select person_key from recent limit ${written(countMax)}) as person`;
}

function contributors({ id }: SubjectSql): Prisma.Sql {
  return Prisma.sql`
    select person_key, commit_count, first_at, last_at from contributor where repository_id = ${id}`;
}

/** The same from what is filled of spellings, where a subject is not summed up. */
function people(subject: SubjectSql, which: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    select person_key, sum(reachable_count)::int as commit_count, min(first_at) as first_at,
           max(last_at) as last_at
      from author
     where ${subject.beginsWith} and ${which} and reachable_count > 0 and not ${isSummed(subject)}
     group by person_key`;
}
