import { execute } from "./postgres.setup.js";

/** So many tracked repositories, each with one commit, all of one owner; and as many more of the first. */
export async function storeMany(url: string, owner: string, count: number): Promise<void> {
  await execute(
    url,
    `
    insert into repository (node_id, database_id, owner, name, state, default_branch, head_oid,
           commit_count, last_commit_at)
    select 'R_' || i, i, '${owner}', 'r' || i, 'ACTIVE', 'main',
           substring(sha224(i::text::bytea), 1, 20),
           case when i = 1 then ${count} else 0 end, now() - i * interval '1 minute'
      from generate_series(1, ${count}) i;
    insert into work (kind, subject_id, due_at, reason, done_at, rate)
    select 'check', i, now() + interval '1 day', 'RATE', now(), 1e-6
      from generate_series(1, ${count}) i;
    insert into repository_name (name_key, repository_id)
    select '${owner}/r' || i, i from generate_series(1, ${count}) i;
    insert into feed_event (id, sequence, kind, repository_id)
    select e, e, 'BACKFILL', 1 from generate_series(1, ${count / 100}) e;
    update feed set sequence = ${count / 100};
    insert into commit (event_id, position, repository_id, oid, parents, message, words,
           author_name, author_email, authored_at, committer_name, committer_email, committed_at)
    select n / 100 + 1, n % 100, 1, substring(sha224(n::text::bytea), 1, 20), array[]::bytea[],
           'change ' || n, array[]::bigint[], 'Ada', 'ada@example.org', at, 'Ada', 'ada@example.org', at
      from (select n, timestamptz '2020-01-01' + n * interval '1 hour' as at
              from generate_series(0, ${count - 1}) n) as made;
    select setval('feed_event_id_seq', ${count / 100 + 1})`,
  );
  await execute(url, "vacuum (analyze)");
}
