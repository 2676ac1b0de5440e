import type { Interval } from "../../domain/calendar.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import type { StatementReader } from "../../postgres/reader.js";
import { ofEach, type Subject, subjectsOf } from "../of-each.js";

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

/** Counts the index entries of that time, of each repository or of all together (`[null]`). Oldest first. */
export async function readActivity<Of extends Subject>(
  { reader }: { readonly reader: StatementReader },
  subjects: readonly Of[],
  { since, until, interval }: ActivityRange,
): Promise<Map<Of, Activity[]>> {
  const rows = await reader.query<Activity & { subject: Of }>(
    ofEach(
      subjects,
      (isOfSubject, beginsWith) => Prisma.sql`
        select start, sum(commits)::int as "commitCount", count(*)::int as "authorCount"
          from (select start, person_key, sum(commits) as commits
                  from (select date_trunc(${interval}, committed_at, 'UTC') as start, repository_id,
                               author_hash, count(*) as commits
                          from commit
                         where ${beginsWith} and reachable = true
                           and committed_at >= ${since}::timestamptz
                           and committed_at <= ${until}::timestamptz
                         group by 1, 2, 3) as counted
                  join (select * from author where ${isOfSubject}) as a
                 using (repository_id, author_hash)
                 group by start, person_key) as by_person
         group by start`,
      Prisma.sql`start`,
      reader,
    ),
  );
  return subjectsOf(subjects, rows, (found) => [...found]);
}
