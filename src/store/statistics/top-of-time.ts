import { Prisma } from "../../postgres/prisma-client/client.js";
import { limitFor, written } from "../../postgres/statement.js";
import type { SubjectSql } from "../of-each.js";
import { type AuthorPage, isBetween, isBetweenCounts, orderOf } from "./author-order.js";
import { authorsOfTime, peopleOfTime } from "./authors-of-time.js";
import type { DateRange } from "./spans.js";

/**
 * The table `top` of a page, of a time. Who may be on it follows from counts alone; when they first and
 * last committed is looked up for these, and for those who tie with the last of them.
 */
export function topOfTime(subject: SubjectSql, range: DateRange, page: AuthorPage): Prisma.Sql {
  const ofTime = authorsOfTime(subject, range);
  const isFirstPage = page.from === "start" && page.after === null && page.before === null;
  const down = page.from === "start" ? Prisma.sql`desc` : Prisma.sql`asc`;
  const own = [page.after, page.before].flatMap((key) => (key === null ? [] : [key.commitCount]));
  return Prisma.sql`
    ${ofTime.tables}, ${peopleOfTime(subject, ofTime, isFirstPage ? page.count + 1 : null)},
    near as materialized (
      select * from person where count = any(${own}::int[])
      union all
      (select * from person where count > 0 and count <> all(${own}::int[]) and ${isBetweenCounts(page)}
        order by count ${down} fetch first (${page.count + 1}::int) rows with ties)),
    top as materialized (
      select * from (
        select person_key, count as commit_count,
               least(counted_first_at, ${filledDate(subject, "first")}) as first_at,
               greatest(counted_last_at, ${filledDate(subject, "last")}) as last_at
          from near p cross join spell) as dated
       where ${isBetween(page)} order by ${orderOf(page)} limit ${written(limitFor(page.count + 1))})`;
}

/** How many people of a time there are, at most. */
export function countOfTime(subject: SubjectSql, range: DateRange, countMax: number): Prisma.Sql {
  const { tables, hasFilled } = authorsOfTime(subject, range);
  const isInRange = (date: Prisma.Sql) => Prisma.sql`
    (${date} >= coalesce(${range.since}::timestamptz, '-infinity')
     and ${date} <= coalesce(${range.until}::timestamptz, 'infinity'))`;
  return Prisma.sql`
    ${tables}
    select count(*)::int as count
      from (select from counted union all
            (select from contributor c cross join spell
              where c.repository_id = ${subject.id}
                and c.person_key not in (select person_key from counted)
                and (${isInRange(Prisma.sql`c.first_at`)} or ${isInRange(Prisma.sql`c.last_at`)}
                     or ${hasFilled}))
            limit ${written(countMax)}) as person`;
}

/**
 * The first or last date of a row `p` of `person` in the whole spans: theirs of all times where that is
 * in them, else that of the span at the end. Where commits have been taken off that, it is looked up: of
 * each spelling, in the index of commits if need be.
 */
function filledDate({ isOf }: SubjectSql, which: "first" | "last"): Prisma.Sql {
  const [column, beyond, extreme, way] =
    which === "first"
      ? [Prisma.sql`first_at`, Prisma.sql`>= spell.from_at`, Prisma.sql`min`, Prisma.sql`asc`]
      : [Prisma.sql`last_at`, Prisma.sql`< spell.to_at`, Prisma.sql`max`, Prisma.sql`desc`];
  return Prisma.sql`
    case when p.filled_count = 0 then null
         when p.filled_${column} ${beyond} then p.filled_${column}
         else coalesce(
           (select ${column} from contribution
             where contributor_id = p.id and commit_count > 0
               and span >= spell.from_span and span < spell.to_span
             order by span ${way} limit 1),
           (select ${extreme}(case when a.${column} ${beyond} then a.${column} else (
                     select c.committed_at from commit c
                      where c.repository_id = a.repository_id and c.author_hash = a.author_hash
                        and c.reachable = true and c.committed_at ${beyond}
                      order by c.committed_at ${way} limit 1) end)
              from (select * from author where person_key = p.person_key and ${isOf}
                       and reachable_count > 0) as a)) end`;
}
