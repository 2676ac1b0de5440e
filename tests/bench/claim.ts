/** `npm run bench:claim`: what a claim costs, whatever the number of repositories and of those due. */
import { Console } from "node:console";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { type Database, openDatabase } from "../../src/postgres/database.js";
import { startEmbeddedPostgres } from "../../src/postgres/embedded-postgres.js";
import { migrate } from "../../src/postgres/migrate.js";
import { claimDue } from "../../src/store/repositories/repository-store.js";
import { explain } from "../support/explain.js";
import { databaseUrl, execute } from "../support/postgres.setup.js";

const SIZES = [1_000, 100_000, 1_000_000];
const SHARES = [0.01, 1];
const BATCH = 100;
const CLAIMS = 400;
/** As many claims leave their old rows behind before a vacuum takes them away. */
const CLAIMS_A_VACUUM = 20;
const LEASE_MS = 60_000;

/** Every column that checks fill, at their usual sizes; due times are in no order of the table. */
async function fill(url: string, size: number, share: number): Promise<void> {
  await execute(
    url,
    `
    insert into repository (node_id, database_id, owner, name, state, default_branch, head_oid,
           observed_oid, commit_count, pushed_at, looked_at, check_interval_ms, check_reason,
           last_commit_at, last_checked_at, next_check_at)
    select 'R_kgDO' || i, i, 'owner-' || i % 5000, 'repository-' || i, 'ACTIVE', 'main', oid, oid,
           1000, now(), now(), 60000, 'RATE', now(), now(),
           now() + (case when i % ${1 / share} = 0 then -1 else 1 end + random()) * interval '1 day'
      from generate_series(1, ${size}) i, sha224(i::text::bytea) hash, substring(hash, 1, 20) oid`,
  );
  await execute(url, "alter table repository set (autovacuum_enabled = false)");
  await execute(url, "vacuum (analyze) repository");
  await execute(url, "checkpoint");
}

/** Due again, at any time of the last day as before. */
async function release({ primary }: Database, ids: readonly number[]): Promise<void> {
  await primary.$executeRaw`
    update repository set next_check_at = now() - random() * interval '1 day'
     where id = any(${ids}::int[])`;
}

/** The floor: the same rows' worth of writing, without having to find out which. */
async function updateByKey({ primary }: Database, ids: readonly number[]): Promise<void> {
  await primary.$queryRaw`
    update repository set next_check_at = now() + ${LEASE_MS} * interval '1 ms'
     where id = any(${ids}::int[]) returning id`;
}

async function timed<T>(times: number[], work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await work();
  times.push(performance.now() - startedAt);
  return result;
}

function sample(ids: readonly number[], count: number): number[] {
  const taken = new Set<number>();
  while (taken.size < count) taken.add(ids[Math.floor(Math.random() * ids.length)] ?? 0);
  return [...taken];
}

function quantile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  const at = Math.min(Math.floor(share * sorted.length), sorted.length - 1);
  return Number((sorted[at] ?? 0).toFixed(2));
}

async function measure(url: string, database: Database, size: number, share: number) {
  await fill(url, size, share);
  const { primary } = database;
  const claim = { limit: BATCH, leaseMs: LEASE_MS };
  const due = await primary.$queryRaw<{ id: number }[]>`
    select id from repository where next_check_at <= now()`;
  const ids = due.map(({ id }) => id);
  const rows = Math.min(BATCH, ids.length);
  const claims: number[] = [];
  const floors: number[] = [];
  const plans = new Set<string>();
  const readsBefore = await countTableReads(database);
  for (let index = 0; index < CLAIMS; index += 1) {
    if (index % CLAIMS_A_VACUUM === 0) {
      await execute(url, "vacuum (analyze) repository");
      plans.add((await explain(database, (tx) => claimDue(tx, claim))).join(" > "));
    }
    const claimed = await timed(claims, () => claimDue(primary, claim));
    if (claimed.length !== rows) throw new Error(`claimed ${claimed.length} of ${rows}`);
    await release(
      database,
      claimed.map(({ id }) => id),
    );
    const chosen = sample(ids, rows);
    await timed(floors, () => updateByKey(database, chosen));
    await release(database, chosen);
  }
  const ratio = quantile(claims, 0.5) / quantile(floors, 0.5);
  return {
    result: {
      repositories: size,
      due: ids.length,
      "rows a claim": rows,
      "claim ms, median": quantile(claims, 0.5),
      p99: quantile(claims, 0.99),
      "update by key ms, median": quantile(floors, 0.5),
      "its p99": quantile(floors, 0.99),
      "× update": Number(ratio.toFixed(2)),
    },
    plans: [...plans],
    tableReads: (await countTableReads(database)) - readsBefore,
  };
}

/** How often this table was read from end to end so far, by whatever plan was really used. */
async function countTableReads({ primary }: Database): Promise<number> {
  await primary.$queryRaw`select pg_stat_force_next_flush()::text`;
  const [row] = await primary.$queryRaw<{ count: number }[]>`
    select seq_scan::int as count from pg_stat_user_tables where relname = 'repository'`;
  return row?.count ?? 0;
}

const { log, table } = new Console(process.stdout);
const dataDir = await mkdtemp(join(tmpdir(), "tracker-bench-"));
const postgres = await startEmbeddedPostgres({ dataDir, logger: pino({ level: "silent" }) });
try {
  await execute(postgres.url, "create database template_bench");
  await migrate(databaseUrl(postgres.url, "template_bench"));
  const measured: Awaited<ReturnType<typeof measure>>[] = [];
  for (const size of SIZES) {
    for (const share of SHARES) {
      const name = `bench_${measured.length}`;
      await execute(postgres.url, `create database ${name} template template_bench`);
      const url = databaseUrl(postgres.url, name);
      const database = openDatabase({ url, connectionsMax: 1 });
      try {
        measured.push(await measure(url, database, size, share));
      } finally {
        await database.close();
        await execute(postgres.url, `drop database ${name} with (force)`);
      }
    }
  }
  table(measured.map(({ result }) => result));
  for (const { result, plans, tableReads } of measured) {
    log(`${result.repositories} repositories, ${result.due} due; ${tableReads} reads of the table`);
    for (const plan of plans) log(`  ${plan}`);
  }
  await writeFile("bench-claim.json", JSON.stringify(measured, null, 2));
} finally {
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}
