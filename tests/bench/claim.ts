/** `npm run bench:claim`: what a claim costs, whatever the number of repositories and of those due, and what a check writes. */
import { Console } from "node:console";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { type Database, openDatabase } from "../../src/postgres/database.js";
import { startEmbeddedPostgres } from "../../src/postgres/embedded-postgres.js";
import { migrate } from "../../src/postgres/migrate.js";
import { claimWork } from "../../src/store/work/work-store.js";
import { explain } from "../support/explain.js";
import { databaseUrl, execute } from "../support/postgres.setup.js";
import { measureWal } from "./claim/check-wal.js";
import { fill, findDue, release } from "./claim/due-rows.js";

const SIZES = [1_000, 100_000, 1_000_000];
const SHARES = [0.01, 1];
const BATCH = 100;
const CLAIMS = 400;
/** As many claims leave their old rows behind before a vacuum takes them away. */
const CLAIMS_A_VACUUM = 20;

/** The floor: the same rows' worth of writing, without having to find out which. */
async function updateByKey({ primary }: Database, ids: readonly number[]): Promise<void> {
  await primary.$queryRaw`
    update work set claimed_until = now() + interval '1 minute'
     where kind = 'check' and subject_id = any(${ids}::int[]) returning subject_id`;
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
  const claim = { limit: BATCH };
  const ids = await findDue(database);
  const rows = Math.min(BATCH, ids.length);
  const claims: number[] = [];
  const floors: number[] = [];
  const plans = new Set<string>();
  const readsBefore = await countTableReads(database);
  for (let index = 0; index < CLAIMS; index += 1) {
    if (index % CLAIMS_A_VACUUM === 0) {
      await execute(url, "vacuum (analyze) work");
      plans.add((await explain(database, (tx) => claimWork(tx, "check", claim))).join(" > "));
    }
    const claimed = await timed(claims, () => claimWork(primary, "check", claim));
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
  const tableReads = (await countTableReads(database)) - readsBefore;
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
    tableReads,
    // Of a few due rows there would be nothing to measure.
    wal: share === 1 ? { repositories: size, ...(await measureWal(url, database)) } : null,
  };
}

/** How often this table was read from end to end so far, by whatever plan was really used. */
async function countTableReads({ primary }: Database): Promise<number> {
  await primary.$queryRaw`select pg_stat_force_next_flush()::text`;
  const [row] = await primary.$queryRaw<{ count: number }[]>`
    select seq_scan::int as count from pg_stat_user_tables where relname = 'work'`;
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
  table(measured.flatMap(({ wal }) => (wal === null ? [] : [wal])));
  for (const { result, plans, tableReads } of measured) {
    log(`${result.repositories} repositories, ${result.due} due; ${tableReads} reads of the table`);
    for (const plan of plans) log(`  ${plan}`);
  }
  await writeFile("bench-claim.json", JSON.stringify(measured, null, 2));
} finally {
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}
