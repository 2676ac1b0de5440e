import { setTimeout as delay } from "node:timers/promises";
import { openConnectionPool } from "./connection-pool.js";
import { databaseError, isConflict } from "./database-error.js";
import { DATABASE_LIMITS, type DatabaseLimits } from "./database-limits.js";
import type { DatabaseObserver, PoolState, TransactionOutcome } from "./database-observer.js";
import { type Prisma, PrismaClient } from "./prisma-client/client.js";
import { openProbe } from "./probe.js";
import { createReader, type Reader } from "./reader.js";
import { serverName } from "./replica-health.js";
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
  /** The primary, for metrics: over one connection of its own, and each statement has a moment. */
  readonly statusReader: Reader;
  transaction<T>(
    work: (tx: Transaction) => Promise<T>,
    bounds?: Partial<TransactionBounds>,
  ): Promise<T>;
  pools(): PoolState[];
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
  readonly observer?: DatabaseObserver | undefined;
}

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
  const { observer } = options;
  const pool = openConnectionPool(url, { ...limits, name: "write", observer, connectionsMax });
  const openForReading = (server: string, name: string, most: number) =>
    openConnectionPool(server, {
      ...{ name, observer, connectMs, graceMs, statementMs: limits.readMs, connectionsMax: most },
      isForReading: true,
    });
  const livePool = openForReading(url, "live", liveConnectionsMax);
  const readPool = openForReading(url, "read", readConnectionsMax);
  const statusPool = openConnectionPool(url, {
    ...{ name: "status", observer, connectionsMax: 1, isForReading: true },
    ...{ connectMs: limits.readyMs, statementMs: limits.readyMs, graceMs: 0 },
  });
  const replicaPools = (options.replicas?.urls ?? []).map((server) =>
    openForReading(server, serverName(server), readConnectionsMax),
  );
  const pools = [...replicaPools, readPool, livePool, statusPool, pool];
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
  const timed = async <T>(work: Promise<T>): Promise<T> => {
    const beganMs = performance.now();
    const tell = (outcome: TransactionOutcome) =>
      observer?.transaction(outcome, performance.now() - beganMs);
    try {
      const value = await work;
      tell("committed");
      return value;
    } catch (error) {
      tell(isConflict(error) ? "conflict" : "rolled_back");
      throw error;
    }
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
          return await timed(run(work, bounds));
        } catch (error) {
          if (!isConflict(error) || reruns === RERUNS_MAX) throw databaseError(error);
          await delay(Math.random() * RERUN_MS_MAX);
        }
      }
    },
    statusReader: createReader(statusPool.query, { mayLag: false }),
    pools: () => pools.map((one) => one.state()),
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
  const { statusReader, readConnectionsMax, transaction, pools, isReady, close } = database;
  return {
    ...{ primary, reader, freshReader, primaryReader, liveReader, statusReader },
    ...{ readConnectionsMax, transaction, pools, isReady, close },
  };
}
