import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import type { Logger } from "pino";
import { databaseError } from "./database-error.js";
import { type Prisma, PrismaClient } from "./prisma-client/client.js";

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
  /** For reads that may lag: a replica where there is one. */
  readonly reader: PrismaClient;
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
  readonly replicaUrls?: readonly string[];
  /** Connections of this process to the primary, and to each replica. */
  readonly connectionsMax: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000; // a page's statement takes milliseconds; a stuck one must not hold a lock for ever
const TRANSACTION_TIMEOUT_MS = 60_000; // waiting for a row lock included
const RETRY_MS_MAX = 10_000;

export function openDatabase({ url, replicaUrls = [], connectionsMax }: DatabaseOptions): Database {
  const primary = connect(url, connectionsMax);
  // One replica a process: processes spread over the replicas, and a process stays on one timeline.
  const replicaUrl = replicaUrls[Math.floor(Math.random() * replicaUrls.length)];
  const reader = replicaUrl === undefined ? primary : connect(replicaUrl, connectionsMax);
  return {
    primary,
    reader,
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
      await primary.$disconnect();
      if (reader !== primary) await reader.$disconnect();
    },
  };
}

function connect(url: string, connectionsMax: number): PrismaClient {
  const adapter = new PrismaPg(
    {
      connectionString: url,
      max: connectionsMax,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
      // The adapter reads timestamptz as if its offset were zero: only true in UTC.
      options: `-c TimeZone=UTC -c statement_timeout=${STATEMENT_TIMEOUT_MS} -c idle_in_transaction_session_timeout=${TRANSACTION_TIMEOUT_MS}`,
    },
    { statementNameGenerator: ({ sql }) => statementName(sql) },
  );
  return new PrismaClient({ adapter });
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

/** Prepared statements are cached by name on each connection; the text itself names them. */
function statementName(sql: string): string {
  return createHash("sha1").update(sql).digest("base64url");
}
