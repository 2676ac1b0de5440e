import { expect } from "vitest";
import type { Database } from "../../src/postgres/database.js";

/** What `author` says of a repository is what its commits say. */
export async function expectAuthorsCounted(
  { primary }: Database,
  repositoryId: number,
): Promise<void> {
  const kept = await primary.$queryRaw`
    select author_hash, name_key, email_key, login_key, commit_count, first_commit_at, last_commit_at
      from author where repository_id = ${repositoryId} and commit_count > 0 order by author_hash`;
  const counted = await primary.$queryRaw`
    select author_hash, lower(max(author_name)) as name_key, lower(max(author_email)) as email_key,
           lower(max(author_login)) as login_key, count(*)::int as commit_count,
           min(committed_at) as first_commit_at, max(committed_at) as last_commit_at
      from commit where repository_id = ${repositoryId} and reachable
     group by author_hash order by author_hash`;
  expect(kept).toEqual(counted);
}
