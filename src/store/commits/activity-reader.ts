import { following, type Interval, intervalsBetween } from "../../domain/calendar.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import type { StatementReader } from "../../postgres/reader.js";
import { ofEach, type Subject, type SubjectSql, subjectsOf } from "../of-each.js";
import { countedStretch } from "../statistics/activity-store.js";
import { besideUnfilled, spellings } from "../statistics/unfilled.js";

/** Reachable commits of one interval, by committer date; intervals without any are left out. */
export interface Activity {
  /** When the interval begins, in UTC; weeks on Monday. */
  readonly start: Date;
  readonly commitCount: number;
  /** How many people they are by. */
  readonly authorCount: number;
}

export interface ActivityRange {
  /** By committer date, inclusive. */
  readonly since: Date;
  readonly until: Date;
  readonly interval: Interval;
}

/** More than anybody may ask for. */
const INTERVALS_MAX = 1_001;

/**
 * Of each repository or of all together (`[null]`), oldest first. Whole intervals as they are kept in
 * `activity`; what is kept of none, has changed since or is not whole is counted in the index of commits.
 */
export async function readActivity<Of extends Subject>(
  { reader }: { readonly reader: StatementReader },
  subjects: readonly Of[],
  range: ActivityRange,
): Promise<Map<Of, Activity[]>> {
  const isOfSome = reader.isLimited === true && subjects.includes(null as Of);
  const statement = (subject: SubjectSql) =>
    isOfSome ? countedAtOnce(subject, range) : keptOrCounted(subject, range);
  const rows = await reader.query<Activity & { subject: Of }>(
    besideUnfilled(ofEach(subjects, statement, Prisma.sql`start`, reader)),
  );
  return subjectsOf(subjects, rows, (found) => [...found]);
}

function keptOrCounted(subject: SubjectSql, { since, until, interval }: ActivityRange): Prisma.Sql {
  const starts = intervalsBetween(since, until, interval, INTERVALS_MAX);
  const ends = starts.map((start) => following(start, interval, 1));
  const from = Prisma.sql`greatest(each.start, ${since}::timestamptz)`;
  // The dates of commits are whole seconds.
  const to = Prisma.sql`least(each.end, date_trunc('second', ${until}::timestamptz) + interval '1 second')`;
  return Prisma.sql`
    with changed as materialized (
      select distinct date_trunc(${interval}, committed_at, 'UTC') as start from unfilled
       where ${subject.isOf})
    select each.start, coalesce(kept.commit_count, counted.commit_count) as "commitCount",
           coalesce(kept.author_count, counted.author_count) as "authorCount"
      from unnest(${starts.map(inSeconds)}::float8[], ${ends.map(inSeconds)}::float8[]) as own(start_s, end_s)
     cross join lateral (select to_timestamp(start_s) as start, to_timestamp(end_s) as end) as each
      left join activity kept
        on kept.repository_id = ${subject.id} and kept.interval = ${interval}::activity_interval
       and kept.start = each.start and kept.author_count is not null
       and ${from} = each.start and ${to} = each.end
       and not exists (select from changed where changed.start = each.start)
     cross join lateral (
       ${countedStretch(subject, { from, to, unless: Prisma.sql`kept.start is not null` })}) as counted
     where kept.start is not null or counted.commit_count > 0`;
}

/** Of repositories that are nobody's sum: one look at all their commits, not one for each interval of each. */
function countedAtOnce(subject: SubjectSql, { since, until, interval }: ActivityRange): Prisma.Sql {
  return Prisma.sql`
    with own as materialized (
      select date_trunc(${interval}, committed_at, 'UTC') as start, author_hash, count(*) as count
        from commit
       where ${subject.beginsWith} and reachable = true
         and committed_at >= ${since}::timestamptz and committed_at <= ${until}::timestamptz
       group by 1, 2),
    known as materialized (
      select author_hash, person_key
        from (${spellings(Prisma.sql`select author_hash, start as committed_at from own`, subject.isOf)}) as each)
    select start, sum(count)::int as "commitCount", count(distinct person_key)::int as "authorCount"
      from own join known using (author_hash) group by start`;
}

function inSeconds(date: Date): number {
  return date.getTime() / 1_000;
}
