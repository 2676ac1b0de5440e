import type { SqlDriverAdapter, SqlDriverAdapterFactory } from "@prisma/driver-adapter-utils";
import type { AskServer } from "./failover.js";

/** What a Prisma client stands on whose reads may be answered by one server or another. */
export function createFailoverAdapter(ask: AskServer): SqlDriverAdapterFactory {
  const refuse = async (): Promise<never> => {
    throw new Error("a reader writes nothing");
  };
  const info = { provider: "postgres", adapterName: "failover" } as const;
  const adapter: SqlDriverAdapter = {
    ...info,
    queryRaw: (query) => ask(async (server) => (await server.connect()).queryRaw(query)),
    startTransaction: (level) =>
      ask(async (server) => (await server.connect()).startTransaction(level)),
    executeRaw: refuse,
    executeScript: refuse,
    getConnectionInfo: () => ({ supportsRelationJoins: true }),
    dispose: async () => {}, // the servers' pools outlive it
  };
  return { ...info, connect: async () => adapter };
}
