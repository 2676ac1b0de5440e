import { authorsOf, type CommitFilter } from "./commit-filter.js";
import { GATHERED_MAX, gathered } from "./commit-matches.js";
import type { Transaction } from "./database.js";
import { type BoundedCount, read } from "./list.js";
import { Prisma } from "./prisma-client/client.js";

/**
 * How many commits match: from the counters of repositories and authors where these say it, else by
 * counting up to `GATHERED_MAX`.
 */
export async function countCommits(
  { reader }: { readonly reader: Transaction },
  filter: CommitFilter,
): Promise<BoundedCount> {
  const { repositoryId, reachable, author, since, until, words } = filter;
  const isWhole = since === undefined && until === undefined && words === undefined;
  const isCounted = isWhole && (author === undefined || reachable === true);
  const query = isCounted
    ? author === undefined
      ? Prisma.sql`
          select coalesce(sum(case when ${reachable !== false} then commit_count else 0 end
                            + case when ${reachable !== true} then orphaned_count else 0 end), 0)::int
                   as count, 0 as candidates
            from repository where ${repositoryId}::int is null or id = ${repositoryId}::int`
      : Prisma.sql`
          select coalesce(sum(a.commit_count), 0)::int as count, 0 as candidates
            from (${authorsOf(filter)}) as wanted
            join author a using (repository_id, author_hash)`
    : Prisma.sql`
        with ${gathered(filter, GATHERED_MAX)}
        select count(*)::int as count, (select count(*)::int from candidate) as candidates from hit`;
  const [row] = await read(reader.$queryRaw<{ count: number; candidates: number }[]>`${query}`);
  const { count, candidates } = row ?? { count: 0, candidates: 0 };
  if (candidates > GATHERED_MAX) return { count: Math.min(count, GATHERED_MAX), isExact: false };
  return { count, isExact: true };
}
