import { expect } from "vitest";
import { spellingKeys } from "../../src/domain/author-key.js";
import type { Actor } from "../../src/domain/commit.js";
import type { Database } from "../../src/postgres/database.js";

/** What `author` says of a repository is what its commits say. */
export async function expectAuthorsCounted(
  { primary }: Database,
  repositoryId: number,
): Promise<void> {
  const kept = await primary.$queryRaw`
    select author_hash, name, email, login, name_key, email_key, login_key, person_key, commit_count, first_commit_at, last_commit_at
      from author where repository_id = ${repositoryId} and commit_count > 0 order by author_hash`;
  const counted = await primary.$queryRaw<(Omit<Actor, "avatarUrl"> & { author_hash: bigint })[]>`
    select author_hash, a.name, a.email, a.login,
           count(*)::int as commit_count,
           min(committed_at) as first_commit_at, max(committed_at) as last_commit_at
      from commit c join actor a on a.repository_id = c.repository_id and a.hash = c.author_hash
     where c.repository_id = ${repositoryId} and reachable
     group by author_hash, a.name, a.email, a.login order by author_hash`;
  expect(kept).toEqual(
    counted.map((author) => {
      const keys = spellingKeys(author);
      const { name: name_key, email: email_key, login: login_key, person: person_key } = keys;
      return { ...author, name_key, email_key, login_key, person_key };
    }),
  );
}
