import { Prisma } from "../../postgres/prisma-client/client.js";
import type { StatementReader } from "../../postgres/reader.js";
import { statementFor } from "../../postgres/statement.js";
import type { BoundedCount } from "../list.js";
import { besideUnfilled } from "../statistics/unfilled.js";
import {
  NONE_UNFILLED,
  readWithUnfilled,
  type UnfilledColumns,
  unfilledColumns,
} from "../words/unfilled-words.js";
import { asReadBy, authorsOf, type CommitFilter, REPOSITORY_ID } from "./commit-filter.js";
import { GATHERED_MAX, gathered } from "./commit-matches.js";

/**
 * How many commits match: from the counters of repositories and authors where these say it, else by
 * counting up to `GATHERED_MAX`.
 */
export async function countCommits(
  { reader }: { readonly reader: StatementReader },
  asked: CommitFilter,
): Promise<BoundedCount> {
  const filter = asReadBy(reader, asked);
  const { reachable, author, since, until, words } = filter;
  const isWhole = since === undefined && until === undefined && words === undefined;
  if (isWhole && author === undefined)
    return await readCount(reader, ofRepositories(filter), filter);
  if (isWhole && reachable === true) return await readCount(reader, ofAuthors(filter), filter);
  return await countGathered(reader, filter);
}

function ofRepositories({ repositoryId, reachable }: CommitFilter): Prisma.Sql {
  const isAsked = repositoryId === null ? Prisma.sql`true` : Prisma.sql`id = ${REPOSITORY_ID}::int`;
  return Prisma.sql`
    select coalesce(sum(case when ${reachable !== false} then commit_count else 0 end
                      + case when ${reachable !== true} then orphaned_count else 0 end), 0)::int
             as count
      from repository where ${isAsked}`;
}

function ofAuthors(filter: CommitFilter): Prisma.Sql {
  return besideUnfilled(Prisma.sql`
    select coalesce(sum(a.reachable_count), 0)::int
             + (select count(*)::int from unfilled
                 where (repository_id, author_hash) in (${authorsOf(filter)})) as count
      from (${authorsOf(filter)}) as wanted join author a using (repository_id, author_hash)`);
}

async function readCount(
  reader: StatementReader,
  query: Prisma.Sql,
  filter: CommitFilter,
): Promise<BoundedCount> {
  const [row] = await reader.query<{ count: number }>(statementFor(query, { filter }));
  return { count: row?.count ?? 0, isExact: true };
}

interface GatheredRow extends UnfilledColumns {
  readonly count: number;
  readonly gathered: number;
}

async function countGathered(reader: StatementReader, asked: CommitFilter): Promise<BoundedCount> {
  const read = (filter: CommitFilter) => {
    const query = Prisma.sql`
      with ${gathered(filter, GATHERED_MAX, { isCounted: true })}
      select (select count(*)::int from hit) as count, size.count as gathered,
             ${filter.words === undefined ? NONE_UNFILLED : unfilledColumns(filter)} from size`;
    return reader.query<GatheredRow>(statementFor(query, { filter }));
  };
  const { rows } = await readWithUnfilled(reader, asked, read);
  const { count, gathered: size } = rows[0] ?? { count: 0, gathered: 0 };
  const isExact = size <= GATHERED_MAX && count <= GATHERED_MAX;
  return { count: Math.min(count, GATHERED_MAX), isExact };
}
