/**
 * `npm run bench:deletion`: how long resets and removals take, and how long they keep a repository's row
 * locked. `-- --large` adds a million commits.
 */
import { Console } from "node:console";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { pino } from "pino";
import { openDatabase } from "../../src/postgres/database.js";
import { startEmbeddedPostgres } from "../../src/postgres/embedded-postgres.js";
import { migrate } from "../../src/postgres/migrate.js";
import { fillAll } from "../../src/projections/fill-projection.js";
import { PROJECTIONS } from "../../src/projections/projections.js";
import type { TaskQueue } from "../../src/queue/queue.js";
import { removeRepository } from "../../src/tracking/remove-repository.js";
import { resetCommits } from "../../src/tracking/reset-commits.js";
import { databaseUrl, execute } from "../support/postgres.setup.js";

interface Case {
  readonly what: "reset" | "removal";
  readonly reachable: number;
  /** A chain of their own, upon the first commit. */
  readonly orphans: number;
  /** Commits are a minute apart; orphans are dated like the reachable ones, from the first on. */
  readonly fromMinute: number;
}

const START = "2014-01-01T00:00:00Z";
const CASES: readonly Case[] = [
  { what: "reset", reachable: 20_000, orphans: 2_000, fromMinute: 0 },
  { what: "reset", reachable: 20_000, orphans: 2_000, fromMinute: 19_000 },
  { what: "removal", reachable: 20_000, orphans: 2_000, fromMinute: 0 },
  { what: "reset", reachable: 200_000, orphans: 0, fromMinute: 0 },
  { what: "removal", reachable: 200_000, orphans: 0, fromMinute: 0 },
];
const LARGE: readonly Case[] = [
  { what: "reset", reachable: 1_000_000, orphans: 0, fromMinute: 0 },
  { what: "removal", reachable: 1_000_000, orphans: 0, fromMinute: 0 },
];

const logger = pino({ level: "silent" });
const dataDir = await mkdtemp(join(tmpdir(), "tracker-bench-"));
const postgres = await startEmbeddedPostgres({ dataDir, logger });

/** One line of history with 40 authors in pages of a hundred, and its orphans; the second repository is another's. */
async function fill(url: string, { reachable, orphans }: Case): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`
    create function oid_of(kind text, n int) returns bytea language sql immutable as
      $$ select substring(sha256((kind || n)::bytea) for 20) $$;
    insert into repository (id, owner, name, node_id, state, head_oid, observed_oid, commit_count, orphaned_count)
    values (1, 'octo', 'one', 'R_1', 'ACTIVE', oid_of('c', ${reachable - 1}), oid_of('c', ${reachable - 1}),
            ${reachable}, ${orphans});
    insert into commit (event_id, position, repository_id, oid, parents, message, author_hash,
      committer_hash, authored_at, committed_at, reachable)
    select (case kind when 'c' then 0 else 1000000 end) + n / 100 + 1, n % 100, 1, oid_of(kind, n),
           case when n > 0 then array[oid_of(kind, n - 1)] when kind = 'o' then array[oid_of('c', 0)]
                else '{}' end,
           'Change number ' || n || E'\\n\\nA body of the length that bodies have. ' || repeat('x', n % 120),
           n % 40, n % 40, '${START}'::timestamptz + n * interval '1 min',
           '${START}'::timestamptz + n * interval '1 min', kind = 'c'
      from (select 'c' as kind, n from generate_series(0, ${reachable - 1}) n
            union all select 'o', n from generate_series(0, ${orphans - 1}) n) made;
    insert into feed_event (id, sequence, kind, repository_id)
    select event_id, row_number() over (order by event_id), 'BACKFILL', 1
      from (select distinct event_id from commit) events;
    update feed set sequence = (select max(sequence) from feed_event);
    insert into feed_author (author_key, sequence)
    select 'person' || k, sequence from feed_event, generate_series(0, 39) k;
    insert into actor select 1, n, 'Person ' || n, 'person' || n || '@example.org' from generate_series(0, 39) n;
    insert into author (repository_id, author_hash, name_key, email_key, person_key)
    select 1, hash, lower(name), lower(email), lower(email) from actor;
    insert into work (kind, subject_id, due_at, reason) values ('check', 1, now() + interval '1 hour', 'RATE');`);
  await client.query("vacuum analyze");
  await client.end();
}

/** Looks all the time whether the row is locked; resolves with the longest stretch that it was. */
function watchLock(url: string): { stop(): Promise<number> } {
  let isOver = false;
  const watching = (async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    let longestMs = 0;
    let since: number | null = null;
    while (!isOver) {
      const { rowCount } = await client.query(
        "select from repository where id = 1 for update skip locked",
      );
      const now = performance.now();
      if (rowCount === 0) since ??= now;
      if (since !== null) longestMs = Math.max(longestMs, now - since);
      if (rowCount !== 0) since = null;
      await delay(2);
    }
    await client.end();
    return longestMs;
  })();
  return {
    async stop() {
      isOver = true;
      return await watching;
    },
  };
}

const queue = { publish: async () => {} } as unknown as TaskQueue;

async function measure(one: Case, index: number): Promise<Record<string, unknown>> {
  await execute(postgres.url, `create database bench_${index} template template_bench`);
  const url = databaseUrl(postgres.url, `bench_${index}`);
  await fill(url, one);
  const database = openDatabase({ url, connectionsMax: 4 });
  for (const projection of PROJECTIONS) await fillAll(database, projection);
  const from = new Date(Date.parse(START) + one.fromMinute * 60_000);
  const reset = (dryRun: boolean) =>
    resetCommits({ database, queue, logger }, { repositoryId: 1, from, dryRun });
  const counting = performance.now();
  const counted = one.what === "reset" ? await reset(true) : null;
  const countMs = performance.now() - counting;
  const lock = watchLock(url);
  const start = performance.now();
  const deleted =
    one.what === "reset" ? await reset(false) : await removeRepository({ database }, 1);
  const totalMs = performance.now() - start;
  const lockedMs = await lock.stop();
  if (counted !== null && counted !== deleted)
    throw new Error(`counted ${counted}, deleted ${deleted}`);
  await database.close();
  await execute(postgres.url, `drop database bench_${index} with (force)`);
  return {
    ...one,
    deleted,
    "count ms": one.what === "reset" ? Math.round(countMs) : null,
    "total ms": Math.round(totalMs),
    "row locked ms, longest": Math.round(lockedMs),
  };
}

try {
  await execute(postgres.url, "create database template_bench");
  await migrate(databaseUrl(postgres.url, "template_bench"));
  const cases = process.argv.includes("--large") ? [...CASES, ...LARGE] : CASES;
  const table: Record<string, unknown>[] = [];
  for (const [index, one] of cases.entries()) table.push(await measure(one, index));
  new Console(process.stdout).table(table);
  await writeFile("bench-deletion.json", JSON.stringify(table, null, 2));
} finally {
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}
