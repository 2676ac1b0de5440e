import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { TrackerError } from "../domain/errors.js";
import type { Migration } from "./migration-files.js";
import { noteApplied, readHistory } from "./migration-history.js";

const CONNECT_TIMEOUT_MS = 10_000;
const CLOSE_MS_MAX = 1_000;
const KEEP_ALIVE_MS = 10_000;
/** Whoever wants the same table waits behind us for as long. */
const LOCK_TIMEOUT_MS = 2_000;
/** The one of `prisma migrate`, so that the two keep out of each other's way. */
const MIGRATION_LOCK = 72_707_369;

/** For one transaction, whatever the server, the database and the role have been set to. */
const SETTINGS = `
  select set_config(name, value, true)
    from (values ('lock_timeout', '${LOCK_TIMEOUT_MS}'), ('statement_timeout', '0'),
                 ('transaction_timeout', '0'), ('idle_in_transaction_session_timeout', '60s')
         ) as wanted(name, value)
    join pg_settings using (name)`;

/** lock_not_available, deadlock_detected */
const LOCKED_SQLSTATE = /^(55P03|40P01)$/;
/** Of the connection and the server, not of what was asked. */
const UNAVAILABLE_SQLSTATE = /^(08|57P)/;

type Step =
  | { readonly kind: "done" }
  | { readonly kind: "applied"; readonly name: string }
  /** Others are in the way; to be tried again. */
  | { readonly kind: "waiting"; readonly reason: string };

/** A connection that applies migrations, one a transaction. */
export class MigrationSession {
  readonly #url: string;
  readonly #client: pg.Client;
  #backendPid: number | null = null;

  constructor(url: string) {
    this.#url = url;
    this.#client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    });
    this.#client.on("error", () => {}); // the query that meets it reports it
  }

  async open(): Promise<void> {
    await this.#client.connect();
    // The server gives up what a process that is gone has begun; not every one can.
    await this.#client.query("set client_connection_check_interval = '1s'").catch(() => {});
  }

  /** Rejects when nothing of it was kept, or, with the connection lost, nobody knows. */
  async applyNext(migrations: readonly Migration[]): Promise<Step> {
    const next = await this.#nextOf(migrations);
    if (next === undefined) return { kind: "done" };
    await this.#client.query("begin");
    try {
      const step = await this.#applyLocked(migrations);
      await this.#client.query("commit");
      return step;
    } catch (error) {
      await this.#client.query("rollback").catch(() => {});
      if (!(error instanceof pg.DatabaseError) || UNAVAILABLE_SQLSTATE.test(error.code ?? "")) {
        throw error;
      }
      const { code, message } = error;
      if (!LOCKED_SQLSTATE.test(code ?? "")) throw failed(next, error);
      return { kind: "waiting", reason: `${next.name}: ${message}${await this.#oldestOther()}` };
    }
  }

  /** Ends what is under way, so that the server undoes it now. */
  async giveUp(): Promise<void> {
    if (this.#backendPid !== null) await cancel(this.#url, this.#backendPid).catch(() => {});
    await this.close();
  }

  async close(): Promise<void> {
    const late = delay(CLOSE_MS_MAX, undefined, { ref: false });
    await Promise.race([this.#client.end().catch(() => {}), late]);
  }

  async #nextOf(migrations: readonly Migration[]): Promise<Migration | undefined> {
    const { pending, fault } = await readHistory(
      async <Row extends object>(text: string) => (await this.#client.query<Row>(text)).rows,
      migrations,
    );
    if (fault === null) return pending[0];
    throw new TrackerError(
      "DATABASE_UNFIT",
      `Migrations of the database: ${fault.message}. ${fault.remedy}`,
    );
  }

  async #applyLocked(migrations: readonly Migration[]): Promise<Step> {
    await this.#client.query(SETTINGS);
    const { rows } = await this.#client.query<{ isMine: boolean; pid: number }>(
      `select pg_try_advisory_xact_lock($1) as "isMine", pg_backend_pid() as pid`,
      [MIGRATION_LOCK],
    );
    if (rows[0]?.isMine !== true) {
      return {
        kind: "waiting",
        reason: `another process applies them${await this.#oldestOther()}`,
      };
    }
    this.#backendPid = rows[0].pid;
    const next = await this.#nextOf(migrations); // another may have been quicker
    if (next === undefined) return { kind: "done" };
    await this.#client.query(next.sql);
    await noteApplied(this.#client, next);
    return { kind: "applied", name: next.name };
  }

  /** Most likely the one in the way. */
  async #oldestOther(): Promise<string> {
    const { rows } = await this.#client.query<{ pid: number; seconds: number }>(`
      select pid, extract(epoch from now() - xact_start)::int as seconds from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
       order by xact_start limit 1`);
    const [oldest] = rows;
    if (oldest === undefined) return "";
    return ` (the oldest transaction is PostgreSQL's process ${oldest.pid}, for ${oldest.seconds} s)`;
  }
}

function failed({ name }: Migration, cause: pg.DatabaseError): TrackerError {
  return new TrackerError(
    "DATABASE_UNFIT",
    `The migration ${name} failed, and nothing of it was kept: ${cause.message}`,
    {},
    { cause },
  );
}

async function cancel(url: string, backendPid: number): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CLOSE_MS_MAX,
    query_timeout: CLOSE_MS_MAX,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("select pg_cancel_backend($1)", [backendPid]);
  } finally {
    await client.end().catch(() => {});
  }
}
