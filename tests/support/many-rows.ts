import { execute } from "./postgres.setup.js";

/** So many tracked repositories of one owner. */
export async function storeManyRepositories(
  url: string,
  owner: string,
  count: number,
): Promise<void> {
  await execute(
    url,
    `
    insert into repository (node_id, database_id, owner, name, state, default_branch, head_oid,
           commit_count, last_commit_at)
    select 'R_' || i, i, '${owner}', 'r' || i, 'ACTIVE', 'main',
           substring(sha224(i::text::bytea), 1, 20),
           0, now() - i * interval '1 minute'
      from generate_series(1, ${count}) i;
    insert into work (kind, subject_id, due_at, reason, done_at, rate)
    select 'check', i, now() + interval '1 day', 'RATE', now(), 1e-6
      from generate_series(1, ${count}) i;
    insert into repository_name (name_key, repository_id)
    select '${owner}/r' || i, i from generate_series(1, ${count}) i;`,
  );
  await execute(url, "vacuum (analyze)");
}
