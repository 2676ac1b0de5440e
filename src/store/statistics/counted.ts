import { Prisma } from "../../postgres/prisma-client/client.js";
import { ALL_TOGETHER } from "../of-each.js";
import { spanOf } from "./spans.js";

/**
 * Part of a statement, after a table `changed` of `repository_id`, `author_hash`, `committed_at` and
 * `count`: adds these reachable commits to all statistics, or takes them off where `count` is negative.
 * Their spellings have rows in `author`. Dates only become earlier and later: see `redate`.
 */
export function counted(): Prisma.Sql {
  return Prisma.sql`
    author_change as materialized (
      select repository_id, author_hash, sum(count)::int as count,
             min(committed_at) filter (where count > 0) as first_at,
             max(committed_at) filter (where count > 0) as last_at
        from changed group by repository_id, author_hash),
    author_found as materialized (
      select c.*, a.person_key
        from author_change as c cross join lateral (
          select person_key from author
           where repository_id = c.repository_id and author_hash = c.author_hash offset 0) as a),
    author_counted as (
      update author a
         set reachable_count = a.reachable_count + c.count,
             first_at = least(a.first_at, c.first_at), last_at = greatest(a.last_at, c.last_at)
        from author_change c
       where a.repository_id = c.repository_id and a.author_hash = c.author_hash),
    subject as materialized (
      select repository_id, subject_id
        from (select distinct repository_id from changed) as own
       cross join lateral (
         select ${ALL_TOGETHER}::int as subject_id union all
         select repository_id where exists (
           select from contributor c where c.repository_id = own.repository_id)) as subject),
    person_change as materialized (
      select subject_id, person_key, sum(count)::int as count, min(first_at) as first_at,
             max(last_at) as last_at,
             (array_agg(author_hash order by last_at desc nulls last, author_hash))[1] as author_hash
        from author_found join subject using (repository_id) group by subject_id, person_key),
    span_change as materialized (
      select subject_id, person_key, span, sum(own.count)::int as count,
             min(own.first_at) as first_at, max(own.last_at) as last_at
        from (select repository_id, author_hash, ${spanOf(Prisma.sql`committed_at`)} as span,
                     sum(count) as count, min(committed_at) as first_at, max(committed_at) as last_at
                from changed group by 1, 2, 3) as own
        join author_found using (repository_id, author_hash) join subject using (repository_id)
       group by subject_id, person_key, span),
    ${countedPersons()},
    ${countedActivity()}`;
}

/** The same of persons alone, after the tables `person_change` and `span_change`. */
export function countedPersons(): Prisma.Sql {
  return Prisma.sql`
    person_added as (
      insert into contributor as known (
        repository_id, person_key, commit_count, first_at, last_at, author_hash)
      select subject_id, person_key, count, first_at, last_at, author_hash
        from person_change where first_at is not null
      on conflict (repository_id, person_key) do update
         set commit_count = known.commit_count + excluded.commit_count,
             first_at = least(known.first_at, excluded.first_at),
             last_at = greatest(known.last_at, excluded.last_at),
             author_hash = case
               when known.last_at > excluded.last_at then known.author_hash
               when known.last_at < excluded.last_at then excluded.author_hash
               else least(known.author_hash, excluded.author_hash) end
      returning id, repository_id, person_key),
    person_taken as (
      update contributor c set commit_count = c.commit_count + p.count
        from person_change as p
       where p.first_at is null and c.repository_id = p.subject_id and c.person_key = p.person_key),
    span_added as (
      insert into contribution as known (contributor_id, span, commit_count, first_at, last_at)
      select c.id, s.span, s.count, s.first_at, s.last_at
        from span_change s join person_added c
          on c.repository_id = s.subject_id and c.person_key = s.person_key
       where s.count > 0
      on conflict (contributor_id, span) do update
         set commit_count = known.commit_count + excluded.commit_count,
             first_at = case
               when known.commit_count = 0 then excluded.first_at
               when known.first_at is null then null
               else least(known.first_at, excluded.first_at) end,
             last_at = case
               when known.commit_count = 0 then excluded.last_at
               when known.last_at is null then null
               else greatest(known.last_at, excluded.last_at) end),
    span_taken as (
      update contribution own
         set commit_count = own.commit_count + s.count, first_at = null, last_at = null
        from span_change s join contributor c
          on c.repository_id = s.subject_id and c.person_key = s.person_key
       where s.count < 0 and own.contributor_id = c.id and own.span = s.span)`;
}

/** Counts of intervals, with their authors to be counted again. What has no row loses nothing. */
function countedActivity(): Prisma.Sql {
  return Prisma.sql`
    activity_change as materialized (
      select subject.id as repository_id, interval.name as interval,
             date_trunc(interval.name::text, committed_at, 'UTC') as start, sum(count)::int as count
        from changed cross join lateral (values (${ALL_TOGETHER}::int), (repository_id)) as subject(id)
       cross join unnest(enum_range(null::activity_interval)) as interval(name)
       group by 1, 2, 3),
    activity_added as (
      insert into activity as known (repository_id, interval, start, commit_count)
      select repository_id, interval, start, count from activity_change where count > 0
      on conflict (repository_id, interval, start) do update
         set commit_count = known.commit_count + excluded.commit_count, author_count = null),
    activity_taken as (
      update activity a set commit_count = a.commit_count + c.count, author_count = null
        from activity_change c
       where c.count <= 0 and a.repository_id = c.repository_id and a.interval = c.interval
         and a.start = c.start)`;
}
