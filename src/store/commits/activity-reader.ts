import type { Interval } from "../../domain/calendar.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import type { StatementReader } from "../../postgres/reader.js";

/** Reachable commits of one interval, by committer date; intervals without any are left out. */
export interface Activity {
  /** When the interval begins, in UTC; weeks on Monday. */
  readonly start: Date;
  readonly commitCount: number;
  /** How many people they are by. */
  readonly authorCount: number;
}

/** Counts the index entries of that time. Oldest first. */
export async function readActivity(
  { reader }: { readonly reader: StatementReader },
  {
    repositoryId,
    since,
    until,
    interval,
  }: { repositoryId: number | null; since: Date; until: Date; interval: Interval },
): Promise<Activity[]> {
  const isOfRepository =
    repositoryId === null ? Prisma.sql`true` : Prisma.sql`repository_id = ${repositoryId}`;
  return await reader.query<Activity>(Prisma.sql`
    select start, sum(commits)::int as "commitCount", count(*)::int as "authorCount"
      from (select start, person_key, sum(commits) as commits
              from (select date_trunc(${interval}, committed_at, 'UTC') as start, repository_id,
                           author_hash, count(*) as commits
                      from commit
                     where ${isOfRepository} and reachable = true
                       and committed_at >= ${since}::timestamptz
                       and committed_at <= ${until}::timestamptz
                     group by 1, 2, 3) as counted
              join (select * from author where ${isOfRepository}) as a
             using (repository_id, author_hash)
             group by start, person_key) as by_person
     group by start order by start`);
}
