import { createHash } from "node:crypto";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";

export const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000; // a page's statement takes milliseconds; a stuck one must not hold a lock for ever
export const TRANSACTION_TIMEOUT_MS = 60_000; // waiting for a row lock included
/** For a server that no longer answers at all; its own timeout comes first. */
const ANSWER_TIMEOUT_MS = 40_000;

export interface ConnectionPool {
  /** What Prisma's clients stand on; any number may. */
  readonly adapter: PrismaPg;
  end(): Promise<void>;
}

/** Connections to one server. They heal by themselves, and statements and transactions are bounded. */
export function openConnectionPool(
  url: string,
  {
    connectionsMax,
    statementTimeoutMs = STATEMENT_TIMEOUT_MS,
    isReplica = false,
  }: { connectionsMax: number; statementTimeoutMs?: number; isReplica?: boolean },
): ConnectionPool {
  const pool = new pg.Pool({
    connectionString: url,
    max: connectionsMax,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    ...(isReplica && { query_timeout: ANSWER_TIMEOUT_MS }),
    // The adapter reads timestamptz as if its offset were zero: only true in UTC.
    options: `-c TimeZone=UTC -c statement_timeout=${statementTimeoutMs} -c idle_in_transaction_session_timeout=${TRANSACTION_TIMEOUT_MS}`,
  });
  pool.on("error", () => {}); // of an idle connection: the next query opens another
  const adapter = new PrismaPg(pool, {
    statementNameGenerator: ({ sql }) => statementName(sql),
  });
  let ended: Promise<void> | undefined;
  return {
    adapter,
    end() {
      ended ??= pool.end();
      return ended;
    },
  };
}

/** Prepared statements are cached by name on each connection; the text itself names them. */
function statementName(sql: string): string {
  return createHash("sha1").update(sql).digest("base64url");
}
