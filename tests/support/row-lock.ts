import pg from "pg";
import { eventually } from "./eventually.js";

export interface RowLock {
  /** Until so many statements of this database wait for a lock. */
  waitedFor(count: number): Promise<void>;
  /** Until somebody else is at a statement with this text in it. */
  reachedBy(text: string): Promise<void>;
  /** Within the transaction that holds the lock. */
  query(statement: string): Promise<void>;
  /** Ends every other connection of this database at the server, in the middle of whatever it does. */
  endOthers(): Promise<void>;
  release(): Promise<void>;
}

/** A repository's row in the hands of somebody else, as of a page that is being written. */
export async function lockRepository(url: string, id: number): Promise<RowLock> {
  return await lockRows(url, `select from repository where id = ${id} for update`);
}

/** What a statement locks, in a transaction of its own. */
export async function lockRows(url: string, statement: string): Promise<RowLock> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {}); // a test that fails leaves it open until its database is dropped
  await client.connect();
  await client.query("begin");
  await client.query(statement);
  return {
    async waitedFor(count) {
      await eventually(async () => {
        // Within a transaction this view is read once and then shown again.
        await client.query("select pg_stat_clear_snapshot()");
        const { rows } = await client.query<{ count: number }>(
          `select count(*)::int as count from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`,
        );
        if ((rows[0]?.count ?? 0) < count) throw new Error(`not waited for by ${count}`);
      });
    },
    async reachedBy(text) {
      await eventually(async () => {
        await client.query("select pg_stat_clear_snapshot()");
        const { rowCount } = await client.query(
          `select from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()
              and state <> 'idle' and strpos(query, $1) > 0`,
          [text],
        );
        if (rowCount === 0) throw new Error(`nobody is at: ${text}`);
      });
    },
    async query(text) {
      await client.query(text);
    },
    async endOthers() {
      await client.query("select pg_stat_clear_snapshot()");
      await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`,
      );
    },
    async release() {
      await client.query("commit");
      await client.end();
    },
  };
}
