import { PrismaPg } from "@prisma/adapter-pg";
import { LRUCache } from "lru-cache";
import pg from "pg";
import { type Statement, statementName } from "./statement.js";

export const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000; // a page's statement takes milliseconds; a stuck one must not hold a lock for ever
export const TRANSACTION_TIMEOUT_MS = 60_000; // waiting for a row lock included
/** For a server that no longer answers at all; its own timeout comes first. */
const ANSWER_TIMEOUT_MS = 40_000;
/** Statement texts whose names are remembered. */
const NAMES_MAX = 1_000;
/**
 * Statements of our own that a connection keeps prepared: the server forgets none by itself, and clients
 * can make up some thousand shapes of a page. What comes after is planned each time.
 */
const PREPARED_MAX = 200;

const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.INT8 ? BigInt : pg.types.getTypeParser(oid, format),
};

export interface ConnectionPool {
  /** What Prisma's clients stand on; any number may. */
  readonly adapter: PrismaPg;
  /**
   * The rows of one statement, by itself: a third of what it costs through Prisma. Values of int8 are
   * bigints, of json what it holds, of all else as the driver gives them. Rejects with its errors.
   */
  query<Row>(statement: Statement): Promise<Row[]>;
  end(): Promise<void>;
}

/** Connections to one server. They heal by themselves, and statements and transactions are bounded. */
export function openConnectionPool(
  url: string,
  {
    connectionsMax,
    statementTimeoutMs = STATEMENT_TIMEOUT_MS,
    isReplica = false,
    isForReading = isReplica,
  }: {
    connectionsMax: number;
    statementTimeoutMs?: number;
    isReplica?: boolean;
    /** Nothing is written; and statements are planned once, whatever their values (docs/decisions/0014). */
    isForReading?: boolean;
  },
): ConnectionPool {
  const pool = new pg.Pool({
    connectionString: url,
    max: connectionsMax,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    ...(isReplica && { query_timeout: ANSWER_TIMEOUT_MS }),
    // The adapter reads timestamptz as if its offset were zero: only true in UTC.
    options: [
      "-c TimeZone=UTC",
      `-c statement_timeout=${statementTimeoutMs}`,
      `-c idle_in_transaction_session_timeout=${TRANSACTION_TIMEOUT_MS}`,
      ...(isForReading
        ? ["-c default_transaction_read_only=on", "-c plan_cache_mode=force_generic_plan"]
        : []),
    ].join(" "),
  });
  pool.on("error", () => {}); // of an idle connection: the next query opens another
  const names = new LRUCache<string, string>({ max: NAMES_MAX, memoMethod: statementName });
  const adapter = new PrismaPg(pool, {
    statementNameGenerator: ({ sql }) => names.memo(sql),
  });
  const prepared = new Set<string>();
  const isPrepared = (name: string) =>
    prepared.has(name) || (prepared.size < PREPARED_MAX && prepared.add(name).has(name));
  let ended: Promise<void> | undefined;
  return {
    adapter,
    async query<Row>({ text, values, name = names.memo(text) }: Statement) {
      const query = { text, values: [...values], types: TYPES, ...(isPrepared(name) && { name }) };
      return (await pool.query(query)).rows as Row[];
    },
    end() {
      ended ??= pool.end();
      return ended;
    },
  };
}
