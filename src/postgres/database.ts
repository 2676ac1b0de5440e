import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Logger } from "pino";
import {
  CONNECT_TIMEOUT_MS,
  openConnectionPool,
  TRANSACTION_TIMEOUT_MS,
} from "./connection-pool.js";
import { databaseError } from "./database-error.js";
import { type Prisma, PrismaClient } from "./prisma-client/client.js";
import { createReader, type Reader } from "./reader.js";
import { openReplicas, type ReplicaOptions } from "./replicas.js";

/** Inside one transaction; what the store's writing functions take. */
export type Transaction = Prisma.TransactionClient;

/**
 * One PostgreSQL, as this process sees it.
 *
 * - `transaction` commits when `work` resolves, rolls back when it rejects. A rejection with
 *   `DATABASE_UNAVAILABLE` may mean an unknown outcome (the connection died during COMMIT): every
 *   caller's work is idempotent, so it is simply done again.
 * - Connections heal by themselves; statements and transactions are bounded in time.
 */
export interface Database {
  /** For writes, and reads that must see them. */
  readonly primary: PrismaClient;
  /**
   * For reads that may lag, each cut off after ten seconds: a replica that keeps up, where there is
   * one, and each time it is asked for the next in turn.
   */
  readonly reader: Reader;
  /** Reads of the primary that no query holds up: they share the connections of what writes. */
  readonly primaryReader: Reader;
  transaction<T>(
    work: (tx: Transaction) => Promise<T>,
    options?: { timeoutMs?: number },
  ): Promise<T>;
  /** Whether the primary answers now; for `/readyz`. */
  isReady(): Promise<boolean>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  /** Connections of this process to the primary for writing, to it for reading, and to each replica. */
  readonly connectionsMax: number;
  /** For each statement of the reader's. */
  readonly readTimeoutMs?: number;
  readonly replicas?: ReplicaOptions;
}

const READ_TIMEOUT_MS = 10_000; // nobody waits longer for an answer
const RETRY_MS_MAX = 10_000;

export function openDatabase({
  url,
  connectionsMax,
  readTimeoutMs = READ_TIMEOUT_MS,
  ...options
}: DatabaseOptions): Database {
  const pool = openConnectionPool(url, { connectionsMax });
  const primary = new PrismaClient({ adapter: pool.adapter });
  const readPool = openConnectionPool(url, {
    connectionsMax,
    statementTimeoutMs: readTimeoutMs,
    isForReading: true,
  });
  const readClient = new PrismaClient({ adapter: readPool.adapter });
  const queryReader = createReader(readClient, readPool.query, { mayLag: false });
  const primaryReader = createReader(primary, pool.query, { mayLag: false });
  const replicas =
    options.replicas &&
    openReplicas({ url, pool: readPool, connectionsMax, readTimeoutMs }, options.replicas);
  return {
    primary,
    get reader() {
      return replicas?.reader() ?? queryReader;
    },
    primaryReader,
    async transaction(work, { timeoutMs } = {}) {
      try {
        const begin = async (tx: Transaction) => {
          if (timeoutMs === undefined) return await work(tx);
          await tx.$executeRaw`select set_config('statement_timeout', ${String(timeoutMs)}, true)`;
          return await work(tx);
        };
        return await primary.$transaction(begin, {
          maxWait: CONNECT_TIMEOUT_MS,
          timeout: timeoutMs ?? TRANSACTION_TIMEOUT_MS,
        });
      } catch (error) {
        throw databaseError(error);
      }
    },
    async isReady() {
      return await primary.$queryRaw`select 1`.then(
        () => true,
        () => false,
      );
    },
    async close() {
      await replicas?.close();
      await readClient.$disconnect();
      await primary.$disconnect();
      await readPool.end();
      await pool.end();
    },
  };
}

/** The same database with all its reads from the primary: for whoever must see what was just written. */
export function onPrimary(database: Database): Database {
  return onReader(database, database.primaryReader);
}

/**
 * The same database with all its reads from one server: what is read together is of one time, as long
 * as that server answers.
 */
export function onReader(database: Database, reader: Reader): Database {
  const { primary, primaryReader, transaction, isReady, close } = database;
  return { primary, reader, primaryReader, transaction, isReady, close };
}

/** Resolves when the database answers; says so while it does not. Rejects only when aborted. */
export async function waitForDatabase(
  url: string,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<void> {
  for (let retryMs = 250; ; retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)) {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
    client.on("error", () => {});
    try {
      await client.connect();
      return;
    } catch (error) {
      const reason = error instanceof Error ? error.message || error.name : String(error);
      logger.warn({ reason, retryMs }, "database cannot be reached, waiting");
      await delay(retryMs, undefined, { signal });
    } finally {
      await client.end().catch(() => {});
    }
  }
}
