import { Prisma } from "../../postgres/prisma-client/client.js";
import type { StatementReader } from "../../postgres/reader.js";
import { type BoundedCount, boundedCount, COUNTED_MAX, inOrder } from "../list.js";
import { ofEach, type Subject, type SubjectSql, subjectsOf } from "../of-each.js";
import { type AuthorKey, type AuthorPage, orderOf } from "../statistics/author-order.js";
import type { DateRange } from "../statistics/spans.js";
import { countOfAll, isSummed, topOfAll } from "../statistics/top-of-all.js";
import { countOfTime, topOfTime } from "../statistics/top-of-time.js";
import { besideUnfilled, unfilledSpellings } from "../statistics/unfilled.js";

/** One person's reachable commits; who that is: by login, else by e-mail, else by name. */
export interface AuthorStats extends AuthorKey {
  /** As their newest commit has them. */
  readonly name: string;
  readonly email: string;
  readonly login: string | null;
  readonly avatarUrl: string | null;
  readonly firstCommitAt: Date;
}

/**
 * Who has most commits, of each repository or of all together (`[null]`); one more than asked for where
 * there are more, at the page's far end. From what is summed up of people and of spans of time; what that
 * does not hold is counted in the index of commits (docs/decisions/0013).
 */
export async function listTopAuthors<Of extends Subject>(
  { reader }: { readonly reader: StatementReader },
  subjects: readonly Of[],
  range: DateRange,
  page: AuthorPage,
): Promise<Map<Of, AuthorStats[]>> {
  const top = (subject: SubjectSql) =>
    isAlways(range) ? topOfAll(subject, page) : topOfTime(subject, range, page);
  const statement = (subject: SubjectSql) => Prisma.sql`
    with recent as materialized (${unfilledSpellings(subject)}), ${top(subject)}
    select name, email, login, avatar_url as "avatarUrl", commit_count as "commitCount",
           first_at as "firstCommitAt", last_at as "lastCommitAt", person_key as "personKey",
           row_number() over (order by ${orderOf(page)})::int as place
      from top cross join lateral (${newestSpelling(subject)}) as spelled`;
  const rows = await reader.query<AuthorStats & { subject: Of }>(
    besideUnfilled(ofEach(subjects, statement, Prisma.sql`place`, reader)),
  );
  return subjectsOf(subjects, rows, (found) => inOrder(found.slice(0, page.count + 1), page));
}

/** How many people there are, of each repository or of all together. */
export async function countAuthors<Of extends Subject>(
  { reader }: { readonly reader: StatementReader },
  subjects: readonly Of[],
  range: DateRange,
): Promise<Map<Of, BoundedCount>> {
  const countMax = COUNTED_MAX + 1;
  const statement = (subject: SubjectSql) =>
    isAlways(range)
      ? Prisma.sql`
          with recent as materialized (${unfilledSpellings(subject)}) ${countOfAll(subject, countMax)}`
      : Prisma.sql`with ${countOfTime(subject, range, countMax)}`;
  const rows = await reader.query<{ subject: Of; count: number }>(
    besideUnfilled(ofEach(subjects, statement, undefined, reader)),
  );
  return subjectsOf(subjects, rows, ([row]) => boundedCount(row?.count ?? 0));
}

function isAlways({ since, until }: DateRange): boolean {
  return since === null && until === null;
}

/** Of a row of `top`, the one spelling that their newest commit has. */
function newestSpelling(subject: SubjectSql): Prisma.Sql {
  return Prisma.sql`
    select name, email, login, avatar_url
      from (select * from author where ${subject.isOf}) as a
      join actor on actor.repository_id = a.repository_id and actor.hash = a.author_hash
     where a.author_hash = (
       select author_hash from (
         select author_hash, last_at from contributor
          where repository_id = ${subject.id} and person_key = top.person_key
         union all
         select author_hash, last_at from author
          where person_key = top.person_key and ${subject.isOf} and reachable_count > 0
            and not ${isSummed(subject)}
         union all
         select author_hash, last_at from recent where person_key = top.person_key) as own
        order by last_at desc, author_hash limit 1)
     limit 1`;
}
