import type { Database } from "../../../src/postgres/database.js";
import { claimWork, finishWork } from "../../../src/store/work/work-store.js";
import { execute } from "../../support/postgres.setup.js";

const CHECKS = 5_000;
const BATCH = 100;
const NEXT_MS = 3_600_000;

/**
 * What a check that finds nothing writes: its claim and its end, a hundred at a time. Right after a
 * checkpoint the first change of each page writes the whole page; how much that is shows without.
 */
export async function measureWal(url: string, database: Database) {
  await execute(url, "checkpoint");
  const withPages = await check(database);
  await setFullPages(url, "off");
  const { primary } = database;
  await primary.$executeRaw`
    update work set due_at = now() - random() * interval '1 day'
     where kind = 'check' and done_at > ${withPages.since}`;
  const without = await check(database);
  await setFullPages(url, "on");
  return {
    checks: withPages.checks,
    "WAL bytes a check, right after a checkpoint": withPages.bytes,
    "without whole pages": without.bytes,
    "whole pages": withPages.pages,
    "HOT claims": share(withPages.hot, withPages.checks),
    "HOT updates": share(withPages.hot, withPages.updates),
  };
}

async function setFullPages(url: string, value: "on" | "off"): Promise<void> {
  await execute(url, `alter system set full_page_writes = ${value}`);
  await execute(url, "select pg_reload_conf()");
  await execute(url, "checkpoint"); // by when every process has heard of it
}

function share(part: number, whole: number): string {
  return `${Math.round((100 * part) / whole)} %`;
}

async function check(database: Database) {
  const { primary } = database;
  const [row] = await primary.$queryRaw<{ since: Date }[]>`select clock_timestamp() as since`;
  const begun = await readWritten(database);
  let checks = 0;
  while (checks < CHECKS) {
    const claimed = await claimWork(primary, "check", { limit: BATCH });
    if (claimed.length === 0) break;
    const next = { delayMs: NEXT_MS, reason: "RATE", rate: 1e-5 } as const;
    await finishWork(
      primary,
      "check",
      claimed.map(({ id }) => ({ id, next })),
    );
    checks += claimed.length;
  }
  const ended = await readWritten(database);
  return {
    checks,
    since: row?.since ?? new Date(),
    bytes: Math.round(Number(ended.at - begun.at) / checks),
    pages: ended.pages - begun.pages,
    updates: ended.updates - begun.updates,
    hot: ended.hot - begun.hot,
  };
}

interface Written {
  readonly at: bigint;
  readonly pages: number;
  readonly updates: number;
  readonly hot: number;
}

async function readWritten({ primary }: Database): Promise<Written> {
  await primary.$queryRaw`select pg_stat_force_next_flush()::text`;
  const [row] = await primary.$queryRaw<Written[]>`
    select (pg_current_wal_insert_lsn() - '0/0')::bigint as at, wal_fpi::int as pages,
           n_tup_upd::int as updates, n_tup_hot_upd::int as hot
      from pg_stat_wal, pg_stat_user_tables where relname = 'work'`;
  if (row === undefined) throw new Error("there are no statistics");
  return row;
}
