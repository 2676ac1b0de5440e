import pg from "pg";
import { CONNECT_TIMEOUT_MS } from "./connection-pool.js";
import { MIGRATIONS_FOLDER, readMigrations } from "./migration-files.js";
import { type MigrationHistory, readHistory } from "./migration-history.js";

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
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: ANSWER_MS_MAX,
  });
  client.on("error", () => {}); // the query that meets it reports it
  try {
    await client.connect();
    const { rows } = await client.query<Omit<DatabaseFacts, "migrations">>(`
      select current_setting('server_version') as version, pg_is_in_recovery() as "isReplica",
             case when not pg_is_in_recovery() then null
                  when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
                  else extract(epoch from now() - pg_last_xact_replay_timestamp())::float
             end as "lagSeconds"`);
    const [server] = rows;
    if (server === undefined) throw new Error("no answer to the first question");
    const migrations = await readHistory(client, await readMigrations(MIGRATIONS_FOLDER));
    return { ...server, migrations };
  } finally {
    await client.end().catch(() => {});
  }
}
