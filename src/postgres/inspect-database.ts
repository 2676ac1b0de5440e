import { MIGRATIONS_FOLDER } from "./migrate.js";
import { openProbe, type Probe } from "./probe.js";
import { readMigrations } from "./schema-engine.js";

const ANSWER_MS_MAX = 5_000;

/** A PostgreSQL server as it presents itself. */
export interface DatabaseFacts {
  readonly version: string;
  /** A standby: it can only be read. */
  readonly isReplica: boolean;
  /** Since the last transaction that a replica has replayed; null on a primary. */
  readonly lagSeconds: number | null;
  /** Of ours, not yet applied there. */
  readonly pendingMigrations: readonly string[];
  /** Begun and not finished. */
  readonly failedMigrations: readonly string[];
  /** Applied there, and unknown to this version of ours. */
  readonly unknownMigrations: readonly string[];
}

/** Looks and changes nothing. Rejects with what the driver says when there is no answer in time. */
export async function inspectDatabase(url: string): Promise<DatabaseFacts> {
  const probe = openProbe(url, { withinMs: ANSWER_MS_MAX });
  try {
    const [server] = await probe.ask<ServerRow>(`
      select current_setting('server_version') as version, pg_is_in_recovery() as "isReplica",
             case when not pg_is_in_recovery() then null
                  when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
                  else extract(epoch from now() - pg_last_xact_replay_timestamp())::float
             end as "lagSeconds",
             to_regclass('_prisma_migrations') is not null as "isMigrated"`);
    if (server === undefined) throw new Error("no answer to the first question");
    const { isMigrated, ...facts } = server;
    return { ...facts, ...(await compareMigrations(probe, isMigrated)) };
  } finally {
    await probe.close();
  }
}

interface ServerRow {
  readonly version: string;
  readonly isReplica: boolean;
  readonly lagSeconds: number | null;
  readonly isMigrated: boolean;
}

async function compareMigrations(probe: Probe, isMigrated: boolean) {
  const { migrationDirectories } = await readMigrations(MIGRATIONS_FOLDER);
  const known = migrationDirectories.map(({ path }) => path);
  const rows = isMigrated
    ? await probe.ask<{ name: string; isFinished: boolean }>(`
        select migration_name as name, finished_at is not null as "isFinished"
          from _prisma_migrations where rolled_back_at is null order by started_at`)
    : [];
  const applied = rows.filter(({ isFinished }) => isFinished).map(({ name }) => name);
  return {
    pendingMigrations: known.filter((name) => !applied.includes(name)),
    failedMigrations: rows.filter(({ isFinished }) => !isFinished).map(({ name }) => name),
    unknownMigrations: applied.filter((name) => !known.includes(name)),
  };
}
