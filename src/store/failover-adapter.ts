import type { SqlDriverAdapter, SqlDriverAdapterFactory } from "@prisma/driver-adapter-utils";
import { isTrackerError } from "../domain/errors.js";
import { databaseError } from "./database-error.js";

/** One server that may be asked. */
export interface ReadServer {
  readonly name: string;
  connect(): Promise<SqlDriverAdapter>;
  /** It could not answer. */
  failed(): void;
}

/**
 * Sends each read to the first of the servers that `choose` names, and once more to the second when
 * the first could not answer. Only for what changes nothing: of that either answer is as good.
 */
export function createFailoverAdapter(
  choose: () => readonly [ReadServer, ...ReadServer[]],
  onRead: (server: string) => void,
): SqlDriverAdapterFactory {
  async function ask<T>(question: (adapter: SqlDriverAdapter) => Promise<T>): Promise<T> {
    const [first, second] = choose();
    onRead(first.name);
    try {
      return await question(await first.connect());
    } catch (error) {
      const isAway = isTrackerError(databaseError(error), "DATABASE_UNAVAILABLE");
      if (!isAway || second === undefined) throw error;
      first.failed();
      onRead(second.name);
      return await question(await second.connect());
    }
  }
  const refuse = async (): Promise<never> => {
    throw new Error("a reader writes nothing");
  };
  const info = { provider: "postgres", adapterName: "failover" } as const;
  const adapter: SqlDriverAdapter = {
    ...info,
    queryRaw: (query) => ask((server) => server.queryRaw(query)),
    startTransaction: (level) => ask((server) => server.startTransaction(level)),
    executeRaw: refuse,
    executeScript: refuse,
    getConnectionInfo: () => ({ supportsRelationJoins: true }),
    dispose: async () => {}, // the servers' pools outlive it
  };
  return { ...info, connect: async () => adapter };
}
