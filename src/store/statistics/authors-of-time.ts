import { Prisma } from "../../postgres/prisma-client/client.js";
import { limitFor, written } from "../../postgres/statement.js";
import type { SubjectSql } from "../of-each.js";
import { type DateRange, type Spans, spanOf, spansWithin } from "./spans.js";
import { spellings } from "./unfilled.js";

/**
 * A subject's people and their commits of a time: the whole spans of it from `contribution`, where the
 * subject is summed up; what is before and after these from the index of commits, and so all of it where
 * it is not. In both what is not filled yet is counted too.
 */
export interface AuthorsOfTime {
  /** Tables: `spell`, where the whole spans are, and `counted`, people by what was counted one by one. */
  readonly tables: Prisma.Sql;
  /** Of a row `c` of `contributor`, or none: how many commits of the whole spans are filled. */
  readonly filledCount: Prisma.Sql;
  /** Whether a row `c` of `contributor` has any. */
  readonly hasFilled: Prisma.Sql;
}

export function authorsOfTime(subject: SubjectSql, range: DateRange): AuthorsOfTime {
  const spans = spansWithin(range);
  const own = Prisma.sql`contributor_id = c.id`;
  const within = Prisma.sql`${own} and span >= spell.from_span and span < spell.to_span`;
  const sum = (which: Prisma.Sql) => Prisma.sql`
    (select coalesce(sum(commit_count), 0)::int from contribution where ${own} and ${which})`;
  const isWithin = Prisma.sql`c.first_at >= spell.from_at and c.last_at < spell.to_at`;
  const isBeside = Prisma.sql`c.first_at >= spell.to_at or c.last_at < spell.from_at`;
  const [firstSpan, lastSpan] = [spanOf(Prisma.sql`c.first_at`), spanOf(Prisma.sql`c.last_at`)];
  const isMostlyWithin = Prisma.sql`
    2 * (least(spell.to_span, ${lastSpan}) - greatest(spell.from_span, ${firstSpan}))
      > ${lastSpan} - ${firstSpan}`;
  return {
    tables: tables(subject, range, spans),
    // Whichever has fewer spans to be added up.
    filledCount: Prisma.sql`
      case when c.id is null or ${isBeside} then 0
           when ${isWithin} then c.commit_count
           when ${isMostlyWithin} then c.commit_count
             - ${sum(Prisma.sql`span < spell.from_span`)} - ${sum(Prisma.sql`span >= spell.to_span`)}
           else ${sum(Prisma.sql`span >= spell.from_span and span < spell.to_span`)} end`,
    hasFilled: Prisma.sql`
      case when ${isBeside} then false when ${isWithin} then true
           else exists (select from contribution where ${within} and commit_count > 0) end`,
  };
}

function tables(
  { id, isOf, beginsWith }: SubjectSql,
  { since, until }: DateRange,
  spans: Spans | null,
): Prisma.Sql {
  const never = Prisma.sql`'infinity'::timestamptz`;
  const at = (seconds: number | string) => Prisma.sql`to_timestamp(${seconds}::float8)`;
  const spell =
    spans === null
      ? Prisma.sql`select ${never} as from_at, ${never} as to_at, 0 as from_span, 0 as to_span`
      : Prisma.sql`
          select case when is_summed then ${at(spans.fromS)} else ${never} end as from_at,
                 case when is_summed then ${at(spans.toS)} else ${never} end as to_at,
                 ${spans.from}::int as from_span, ${spans.to}::int as to_span
            from (select exists (select from contributor where repository_id = ${id}) as is_summed
                 ) as subject`;
  const stored = Prisma.sql`
    select author_hash, committed_at from commit
     where ${beginsWith} and reachable = true
       and committed_at <= coalesce(${until}::timestamptz, 'infinity')`;
  return Prisma.sql`
    spell as materialized (${spell}),
    counted as materialized (
      select person_key, sum(count)::int as count, min(first_at) as first_at, max(last_at) as last_at
        from (${spellings(
          Prisma.sql`
            ${stored} and committed_at >= coalesce(${since}::timestamptz, '-infinity')
                      and committed_at < (select from_at from spell)
            union all
            ${stored} and committed_at >= (select to_at from spell)
            union all
            select author_hash, committed_at from unfilled, spell
             where ${isOf} and committed_at >= from_at and committed_at < to_at`,
          isOf,
        )}) as own group by person_key)`;
}

/** How many of those with most commits in all are looked at for what the first of a time have at least. */
const SAMPLED = 50;

/**
 * The table `person`, after `tables`: of `person_key` and `count`, and what their dates follow from. Of
 * the first `firstCount` of all at least; null: everybody.
 */
export function peopleOfTime(
  { id }: SubjectSql,
  { filledCount }: AuthorsOfTime,
  firstCount: number | null,
): Prisma.Sql {
  const least =
    firstCount === null
      ? Prisma.sql`select 1 as count`
      : Prisma.sql`
          select greatest(1, (
                   select count from (
                     select ${filledCount} as count
                       from (select * from contributor where repository_id = ${id}
                              order by commit_count desc, last_at desc, person_key
                              limit ${written(Math.max(SAMPLED, 2 * limitFor(firstCount)))}) as c, spell
                     ) as sampled
                    order by count desc offset ${firstCount - 1} limit 1)) as count`;
  const columns = Prisma.sql`
    c.id, c.first_at as filled_first_at, c.last_at as filled_last_at, c.author_hash as filled_hash`;
  return Prisma.sql`
    least as materialized (${least}),
    person as materialized (
      select c.person_key, filled.count, filled.count as filled_count, ${columns},
             null::timestamptz as counted_first_at, null::timestamptz as counted_last_at
        from (select * from contributor c
               where repository_id = ${id} and commit_count >= (select count from least)
                 and first_at < (select to_at from spell) and last_at >= (select from_at from spell)
                 and person_key not in (select person_key from counted) offset 0) as c
       cross join spell cross join lateral (select ${filledCount} as count offset 0) as filled
      union all
      select own.person_key, own.count + filled.count, filled.count, ${columns}, own.first_at,
             own.last_at
        from counted own
        left join contributor c on c.repository_id = ${id} and c.person_key = own.person_key
       cross join spell cross join lateral (select ${filledCount} as count offset 0) as filled
       where own.count + coalesce(c.commit_count, 0) >= (select count from least))`;
}
