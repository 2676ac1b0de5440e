import type { ConnectionPool } from "./connection-pool.js";
import { createFailover, type ReadServer } from "./failover.js";
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
  /** Stops looking at them; their connections are closed by whoever opened them. */
  stop(): Promise<void>;
}

/** What queries of a server go over. */
export type ReadPool = Pick<ConnectionPool, "query">;

/**
 * Read replicas. What one of them cannot answer is asked once more: of another that keeps up, or of the
 * primary.
 */
export function startReplicas(
  primary: { readonly url: string; readonly pool: ReadPool },
  pools: readonly ReadPool[],
  { urls, onRead = () => {}, ...checks }: ReplicaOptions,
): Replicas {
  const health = watchReplicas(primary.url, urls, checks);
  const names = health.states().map(({ name }) => name);
  const servers = pools.map(
    ({ query }, index): ReadServer => ({
      name: names[index] ?? "",
      query,
      failed: () => health.suspect(index),
    }),
  );
  const last: ReadServer = { name: "primary", query: primary.pool.query, failed: () => {} };
  const used = () => servers.filter((_, index) => health.states()[index]?.isUsed);
  const readers = new Map(
    servers.map((own) => {
      const choose = (): [ReadServer, ...ReadServer[]] => {
        const others = used().filter((server) => server !== own);
        const [first = last, ...rest] = used().includes(own) ? [own, ...others] : others;
        return [first, ...rest, last];
      };
      return [own, createReader(createFailover(choose, onRead), { mayLag: true })];
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
    stop: () => health.stop(),
  };
}
