import { Prisma } from "../../postgres/prisma-client/client.js";
import type { StatementReader } from "../../postgres/reader.js";
import { statementFor } from "../../postgres/statement.js";
import type { BoundedCount } from "../list.js";
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
  const { repositoryId, reachable, author, since, until, words } = filter;
  const isWhole = since === undefined && until === undefined && words === undefined;
  const isCounted = isWhole && (author === undefined || reachable === true);
  const query = isCounted
    ? author === undefined
      ? Prisma.sql`
          select coalesce(sum(case when ${reachable !== false} then commit_count else 0 end
                            + case when ${reachable !== true} then orphaned_count else 0 end), 0)::int
                   as count, 0 as candidates
            from repository where ${repositoryId === null ? Prisma.sql`true` : Prisma.sql`id = ${REPOSITORY_ID}::int`}`
      : Prisma.sql`
          select coalesce(sum(a.commit_count), 0)::int as count, 0 as candidates
            from (${authorsOf(filter)}) as wanted
            join author a using (repository_id, author_hash)`
    : Prisma.sql`
        with ${gathered(filter, GATHERED_MAX)}
        select count(*)::int as count, (select count(*)::int from candidate) as candidates from hit`;
  const [row] = await reader.query<{ count: number; candidates: number }>(
    statementFor(query, { filter }),
  );
  const { count, candidates } = row ?? { count: 0, candidates: 0 };
  if (candidates > GATHERED_MAX) return { count: Math.min(count, GATHERED_MAX), isExact: false };
  return { count, isExact: true };
}
