import { MIGRATIONS_FOLDER, readMigrations } from "./migration-files.js";
import { type MigrationHistory, readHistory } from "./migration-history.js";
import { openProbe } from "./probe.js";

const ANSWER_MS_MAX = 5_000;

/** A PostgreSQL server as it presents itself. */
export interface DatabaseFacts {
  readonly version: string;
  /** A standby: it can only be read. */
  readonly isReplica: boolean;
  /** Since the last transaction that a replica has replayed; null on a primary. */
  readonly lagSeconds: number | null;
  readonly migrations: MigrationHistory;
}

/** Looks and changes nothing. Rejects with what the driver says when there is no answer in time. */
export async function inspectDatabase(url: string): Promise<DatabaseFacts> {
  const probe = openProbe(url, { withinMs: ANSWER_MS_MAX });
  try {
    const [server] = await probe.ask<Omit<DatabaseFacts, "migrations">>(`
      select current_setting('server_version') as version, pg_is_in_recovery() as "isReplica",
             case when not pg_is_in_recovery() then null
                  when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
                  else extract(epoch from now() - pg_last_xact_replay_timestamp())::float
              end as "lagSeconds"`);
    if (server === undefined) throw new Error("no answer to the first question");
    const migrations = await readHistory(probe.ask, await readMigrations(MIGRATIONS_FOLDER));
    return { ...server, migrations };
  } finally {
    await probe.close();
  }
}
