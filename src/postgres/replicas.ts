import type { SqlDriverAdapter } from "@prisma/driver-adapter-utils";
import { type ConnectionPool, openConnectionPool } from "./connection-pool.js";
import { createFailover, type ReadServer } from "./failover.js";
import { createFailoverAdapter } from "./failover-adapter.js";
import { PrismaClient } from "./prisma-client/client.js";
import { createReader, type Reader } from "./reader.js";
import { type ReplicaChecks, watchReplicas } from "./replica-health.js";

export interface ReplicaOptions extends ReplicaChecks {
  readonly urls: readonly string[];
  /** A statement is being sent to this server, for metrics. */
  readonly onRead?: (server: string) => void;
}

export interface Replicas {
  /** The next in turn of those that keep up; null when none does. */
  reader(): Reader | null;
  close(): Promise<void>;
}

/**
 * Read replicas, each with a client of its own. What one of them cannot answer is asked once more:
 * of another that keeps up, or of the primary.
 */
export function openReplicas(
  primary: {
    readonly url: string;
    readonly pool: ConnectionPool;
    readonly connectionsMax: number;
    readonly readTimeoutMs: number;
  },
  { urls, onRead = () => {}, ...checks }: ReplicaOptions,
): Replicas {
  const { connectionsMax, readTimeoutMs: statementTimeoutMs } = primary;
  const health = watchReplicas(primary.url, urls, checks);
  const pools = urls.map((url) =>
    openConnectionPool(url, { connectionsMax, statementTimeoutMs, isReplica: true }),
  );
  const names = health.states().map(({ name }) => name);
  const servers = pools.map((pool, index) =>
    serverOf(names[index] ?? "", pool, () => health.suspect(index)),
  );
  const last = serverOf("primary", primary.pool, () => {});
  const used = () => servers.filter((_, index) => health.states()[index]?.isUsed);
  const readers = new Map(
    servers.map((own) => {
      const choose = (): [ReadServer, ...ReadServer[]] => {
        const others = used().filter((server) => server !== own);
        const [first = last, ...rest] = used().includes(own) ? [own, ...others] : others;
        return [first, ...rest, last];
      };
      const ask = createFailover(choose, onRead);
      const prisma = new PrismaClient({ adapter: createFailoverAdapter(ask) });
      const query: ReadServer["query"] = (statement) => ask((server) => server.query(statement));
      return [own, createReader(prisma, query, { mayLag: true })];
    }),
  );
  let turn = 0;
  return {
    reader() {
      const candidates = used();
      turn += 1;
      const server = candidates[turn % candidates.length];
      return (server && readers.get(server)) ?? null;
    },
    async close() {
      await health.stop();
      for (const { prisma } of readers.values()) await prisma.$disconnect();
      for (const pool of pools) await pool.end();
    },
  };
}

function serverOf(name: string, pool: ConnectionPool, failed: () => void): ReadServer {
  let adapter: Promise<SqlDriverAdapter> | undefined;
  return {
    name,
    failed,
    query: pool.query,
    connect() {
      adapter ??= pool.adapter.connect();
      return adapter;
    },
  };
}
