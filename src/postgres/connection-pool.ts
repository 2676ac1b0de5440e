import { context } from "@opentelemetry/api";
import { PrismaPg } from "@prisma/adapter-pg";
import { LRUCache } from "lru-cache";
import pg from "pg";
import { isTracing } from "../telemetry/traces/spans.js";
import { BoundedClient } from "./bounded-client.js";
import type { DatabaseObserver, PoolState } from "./database-observer.js";
import { type Statement, statementName } from "./statement.js";

/** For a connection to open, and for one to become free. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** A transaction of which nothing is heard for so long has been left behind. */
const IDLE_IN_TRANSACTION_MS = 60_000;
/** The server ends what a client waits for that is gone. */
const CLIENT_CHECK_MS = 5_000;
/** Statement texts whose names are remembered. */
const NAMES_MAX = 1_000;

const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.INT8 ? BigInt : pg.types.getTypeParser(oid, format),
};

export interface PoolOptions {
  /** By which metrics know it. */
  readonly name: string;
  readonly observer?: Pick<DatabaseObserver, "statement"> | undefined;
  readonly connectionsMax: number;
  readonly connectMs: number;
  /** For each statement, at the server. */
  readonly statementMs: number;
  /** For its answer to arrive, beyond that. */
  readonly graceMs: number;
  /** For each wait for what other work holds; absent: as long as the statement may take. */
  readonly lockMs?: number;
  /** Nothing is written; and statements are planned once, whatever their values (docs/decisions/0014). */
  readonly isForReading?: boolean;
}

export interface ConnectionPool {
  /** What Prisma's clients stand on; any number may. */
  readonly adapter: PrismaPg;
  /**
   * The rows of one statement, by itself: a third of what it costs through Prisma. Values of int8 are
   * bigints, of json what it holds, of all else as the driver gives them. Rejects with its errors.
   */
  query<Row>(statement: Statement): Promise<Row[]>;
  state(): PoolState;
  /** Opens no more, and waits for those that are in use. */
  end(): Promise<void>;
  /** Closes all connections at once; what waits for an answer fails. */
  cut(): void;
}

/**
 * Connections to one server. They heal by themselves, and every statement is answered or fails in time,
 * be the server there or not.
 */
export function openConnectionPool(
  url: string,
  { name: poolName, observer, isForReading = false, ...options }: PoolOptions,
): ConnectionPool {
  const { connectionsMax, connectMs, statementMs, graceMs, lockMs } = options;
  const clients = new Set<BoundedClient>();
  // Where one has gone silent, those that nobody uses have most likely gone with it.
  const dropIdle = () => {
    for (const client of [...clients].filter(({ isIdle }) => isIdle)) {
      client.emit("error", new Error("gone silent")); // the pool lets go of it at once
      client.cut();
    }
  };
  const bounds = {
    ...{ answerMs: statementMs + graceMs, graceMs, onSilent: dropIdle },
    ...(observer !== undefined && { onAnswer: observer.statement.bind(observer, poolName) }),
  };
  class Client extends BoundedClient {
    constructor(config?: pg.ClientConfig) {
      super(config, bounds);
      clients.add(this);
      this.once("end", () => clients.delete(this));
    }
  }
  const settings = {
    TimeZone: "UTC", // the adapter reads timestamptz as if its offset were zero
    statement_timeout: statementMs,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    client_connection_check_interval: CLIENT_CHECK_MS,
    ...(lockMs !== undefined && { lock_timeout: lockMs }),
    ...(isForReading && {
      default_transaction_read_only: "on",
      plan_cache_mode: "force_generic_plan",
    }),
  };
  const pool = new TracedPool({
    connectionString: url,
    max: connectionsMax,
    connectionTimeoutMillis: connectMs,
    idleTimeoutMillis: 60_000,
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(" "),
    Client: Client as unknown as new () => pg.ClientBase,
  });
  pool.on("error", () => {}); // of an idle connection: the next query opens another
  const names = new LRUCache<string, string>({ max: NAMES_MAX, memoMethod: statementName });
  const adapter = new PrismaPg(pool, {
    statementNameGenerator: ({ sql }) => names.memo(sql),
  });
  let ended: Promise<void> | undefined;
  return {
    adapter,
    async query<Row>({ text, values, name = names.memo(text) }: Statement) {
      const sent = values.map(inUtc);
      return (await pool.query({ text, values: sent, types: TYPES, name })).rows as Row[];
    },
    state() {
      const { totalCount, idleCount: idle, waitingCount: waiting } = pool;
      return { name: poolName, max: connectionsMax, inUse: totalCount - idle, idle, waiting };
    },
    end() {
      ended ??= pool.end();
      return ended;
    },
    cut() {
      for (const client of clients) client.cut();
    },
  };
}

type Connect = pg.Pool["connect"];

/** A connection that came free is handed over by whoever gave it back: in the trace of whoever asked for it. */
class TracedPool extends pg.Pool {
  override connect = ((callback?: Parameters<Connect>[0]) => {
    if (callback === undefined) return super.connect();
    return super.connect(isTracing() ? context.bind(context.active(), callback) : callback);
  }) as Connect;
}

/** pg would write a date in the zone of this process, whose offset it rounds to minutes. */
function inUtc(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : value;
}
