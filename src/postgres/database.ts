import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { CONNECT_TIMEOUT_MS, openConnectionPool } from "./connection-pool.js";
import { databaseError, isConflict } from "./database-error.js";
import { DATABASE_LIMITS, type DatabaseLimits } from "./database-limits.js";
import { type Prisma, PrismaClient } from "./prisma-client/client.js";
import { openProbe } from "./probe.js";
import { createReader, type Reader } from "./reader.js";
import { type ReplicaOptions, startReplicas } from "./replicas.js";
import { setBounds, type TransactionBounds } from "./transaction-bounds.js";

/** Inside one transaction; what the store's writing functions take. */
export type Transaction = Prisma.TransactionClient;

/**
 * One PostgreSQL, as this process sees it.
 *
 * - `transaction` commits when `work` resolves, rolls back when it rejects. A rejection with
 *   `DATABASE_UNAVAILABLE` may mean an unknown outcome (the connection died during COMMIT): every
 *   caller's work is idempotent, so it is simply done again. After a deadlock it is done again here.
 * - What is locked by other work is waited for a moment, then `BUSY`.
 * - Connections heal by themselves. Everything is bounded in time, on both sides: also behind a line
 *   that has gone dead every promise here is settled.
 */
export interface Database {
  /** For writes, and reads that must see them. */
  readonly primary: PrismaClient;
  /**
   * For reads that may lag, each cut off after ten seconds: a replica that keeps up, where there is
   * one, and each time it is asked for the next in turn.
   */
  readonly reader: Reader;
  /** The primary, over the connections for queries: for what a replica does not have yet. */
  readonly freshReader: Reader;
  /** Of this process to each server that answers such reads. */
  readonly readConnectionsMax: number;
  /** Reads of the primary for what is written, which no query holds up: they share the connections of what writes. */
  readonly primaryReader: Reader;
  /**
   * The same for whoever follows what changes, on connections of their own: however many subscribe or
   * replay at once, no mutation and no task waits for them.
   */
  readonly liveReader: Reader;
  transaction<T>(
    work: (tx: Transaction) => Promise<T>,
    bounds?: Partial<TransactionBounds>,
  ): Promise<T>;
  /** Whether the primary answers now, within two seconds and on a connection of its own; for `/readyz`. */
  isReady(): Promise<boolean>;
  /** What is in hand has a moment to end, and is then cut off. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  /** Connections of this process to the primary for writing. */
  readonly connectionsMax: number;
  /** To the primary for reading, and to each replica. Default: as many. */
  readonly readConnectionsMax?: number;
  /** To the primary for the live reader. Default: as many. */
  readonly liveConnectionsMax?: number;
  readonly replicas?: ReplicaOptions;
  readonly limits?: Partial<DatabaseLimits>;
}

const RETRY_MS_MAX = 10_000;
/** Of a transaction that stood in another's way. */
const RERUNS_MAX = 2;
const RERUN_MS_MAX = 50;

export function openDatabase({
  url,
  connectionsMax,
  readConnectionsMax = connectionsMax,
  liveConnectionsMax = connectionsMax,
  ...options
}: DatabaseOptions): Database {
  const limits = { ...DATABASE_LIMITS, ...options.limits };
  const { connectMs, graceMs } = limits;
  const pool = openConnectionPool(url, { ...limits, connectionsMax });
  const openForReading = (server: string, most: number) =>
    openConnectionPool(server, {
      ...{ connectMs, graceMs, statementMs: limits.readMs, connectionsMax: most },
      isForReading: true,
    });
  const livePool = openForReading(url, liveConnectionsMax);
  const readPool = openForReading(url, readConnectionsMax);
  const replicaPools = (options.replicas?.urls ?? []).map((server) =>
    openForReading(server, readConnectionsMax),
  );
  const pools = [...replicaPools, readPool, livePool, pool];
  const replicas =
    options.replicas && startReplicas({ url, pool: readPool }, replicaPools, options.replicas);
  const primary = new PrismaClient({ adapter: pool.adapter });
  const freshReader = createReader(readPool.query, { mayLag: false });
  const probe = openProbe(url, { withinMs: limits.readyMs });
  const run = async <T>(
    work: (tx: Transaction) => Promise<T>,
    { timeoutMs, lockTimeoutMs }: Partial<TransactionBounds>,
  ) => {
    const begin = async (tx: Transaction) => {
      if (timeoutMs !== undefined || lockTimeoutMs !== undefined) {
        const own = { timeoutMs: timeoutMs ?? limits.transactionMs };
        await tx.$executeRaw(setBounds({ ...own, lockTimeoutMs: lockTimeoutMs ?? limits.lockMs }));
      }
      return await work(tx);
    };
    const timeout = timeoutMs ?? limits.transactionMs;
    return await primary.$transaction(begin, { maxWait: connectMs, timeout });
  };
  return {
    primary,
    get reader() {
      return replicas?.reader() ?? freshReader;
    },
    freshReader,
    readConnectionsMax,
    primaryReader: createReader(pool.query, { mayLag: false }),
    liveReader: createReader(livePool.query, { mayLag: false, isQuery: false }),
    async transaction(work, bounds = {}) {
      for (let reruns = 0; ; reruns += 1) {
        try {
          return await run(work, bounds);
        } catch (error) {
          if (!isConflict(error) || reruns === RERUNS_MAX) throw databaseError(error);
          await delay(Math.random() * RERUN_MS_MAX);
        }
      }
    },
    async isReady() {
      return await probe.ask("select 1").then(
        () => true,
        () => false,
      );
    },
    async close() {
      const timer = setTimeout(() => {
        for (const { cut } of pools) cut();
      }, limits.closeMs);
      try {
        const ended = pools.map(({ end }) => end());
        await Promise.all([replicas?.stop(), probe.close(), primary.$disconnect(), ...ended]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** The same database with all its reads from the primary: for whoever must see what was just written. */
export function onPrimary(database: Database): Database {
  return onReader(database, database.primaryReader);
}

/** The same for whoever follows what changes. */
export function onLive(database: Database): Database {
  return onReader(database, database.liveReader);
}

/**
 * The same database with all its reads from one server: what is read together is of one time, as long
 * as that server answers.
 */
export function onReader(database: Database, reader: Reader): Database {
  // `reader` is not to be looked at: each look is a replica's turn.
  const { primary, freshReader, primaryReader, liveReader } = database;
  const { readConnectionsMax, transaction, isReady, close } = database;
  return {
    ...{ primary, reader, freshReader, primaryReader, liveReader },
    ...{ readConnectionsMax, transaction, isReady, close },
  };
}

/** Resolves when the database answers; says so while it does not. Rejects only when aborted. */
export async function waitForDatabase(
  url: string,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<void> {
  const probe = openProbe(url, { withinMs: CONNECT_TIMEOUT_MS });
  try {
    for (let retryMs = 250; ; retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)) {
      try {
        await probe.ask("select 1");
        return;
      } catch (error) {
        const reason = error instanceof Error ? error.message || error.name : String(error);
        logger.warn({ reason, retryMs }, "database cannot be reached, waiting");
        await delay(retryMs, undefined, { signal });
      }
    }
  } finally {
    await probe.close();
  }
}
