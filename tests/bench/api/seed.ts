import { openDatabase } from "../../../src/postgres/database.js";
import { fillAll } from "../../../src/projections/fill-projection.js";
import { PROJECTIONS } from "../../../src/projections/projections.js";
import { execute } from "../../support/postgres.setup.js";

export const REPOSITORIES = 100;
const AUTHORS = 2_000;
const COMMITS_A_PAGE = 100;

/** As many commits as asked for, of a hundred repositories and two thousand authors, as a worker leaves them. */
export async function seed(url: string, commits: number): Promise<void> {
  const events = commits / COMMITS_A_PAGE;
  await execute(
    url,
    `
    create function hash_of(who int) returns bigint language sql immutable as $$
      select hashtextextended(who::text, 0) $$;
    insert into repository (node_id, database_id, owner, name, state, default_branch, head_oid,
           commit_count, last_commit_at)
    select 'R_' || i, i, 'bench', 'r' || i, 'ACTIVE', 'main', substring(sha224(i::text::bytea), 1, 20),
           ${commits / REPOSITORIES}, now()
      from generate_series(1, ${REPOSITORIES}) i;
    insert into work (kind, subject_id, due_at, reason, done_at, rate)
    select 'check', i, now() + interval '1 day', 'RATE', now(), 1e-6
      from generate_series(1, ${REPOSITORIES}) i;
    insert into repository_name (name_key, repository_id)
    select 'bench/r' || i, i from generate_series(1, ${REPOSITORIES}) i;
    insert into feed_event (id, sequence, kind, repository_id)
    select e, e, 'BACKFILL', 1 + e % ${REPOSITORIES} from generate_series(1, ${events}) e;
    update feed set sequence = ${events};
    insert into commit (event_id, position, repository_id, oid, parents, message, author_hash,
           committer_hash, authored_at, committed_at)
    select event_id, position, repository_id, oid, array[]::bytea[], message, hash_of(who),
           hash_of(who), at, at
      from (select n / ${COMMITS_A_PAGE} + 1 as event_id, n % ${COMMITS_A_PAGE} as position,
                   1 + (n / ${COMMITS_A_PAGE} + 1) % ${REPOSITORIES} as repository_id,
                   substring(sha224(n::text::bytea), 1, 20) as oid,
                   -- Few write much, many little.
                   floor(${AUTHORS} * power(((n::bigint * 7919) % 100003) / 100003.0, 3))::int as who,
                   'Change number ' || n || ' of the ' || (array['parser', 'server', 'client', 'schema'])[1 + n % 4]
                     || case when n % 5000 = 7 then ' for the platypus' else '' end
                     || E'\\n\\nA body, as bodies are. ' || repeat('x', n % 120) as message,
                   timestamptz '2015-01-01' + n * interval '5 minutes' as at
              from generate_series(0, ${commits - 1}) n) as made;
    insert into actor (repository_id, hash, name, email, login)
    select repository_id, author_hash, 'Author ' || who, 'author' || who || '@example.org', 'login-' || who
      from (select distinct repository_id, author_hash from commit) as own
      join generate_series(0, ${AUTHORS}) who on hash_of(who) = author_hash;
    insert into author (repository_id, author_hash, name_key, email_key, login_key, person_key)
    select repository_id, hash, lower(name), lower(email), lower(login), '@' || lower(login) from actor;
    drop function hash_of(int);
    select setval('feed_event_id_seq', ${events + 1})`,
  );
  const database = openDatabase({ url, connectionsMax: 2 });
  for (const projection of PROJECTIONS) await fillAll(database, projection);
  await database.close();
  await execute(url, "vacuum (analyze)");
}
