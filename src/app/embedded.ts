import { createInProcessFanout } from "../fanout/in-process-fanout.js";
import { openDatabase } from "../postgres/database.js";
import { startEmbeddedPostgres } from "../postgres/embedded-postgres.js";
import { migrate } from "../postgres/migrate.js";
import { createInProcessQueue } from "../queue/in-process-queue.js";
import { releaseAllTransfers } from "../store/work/transfer-store.js";
import { releaseAllWork } from "../store/work/work-store.js";
import { type Adapters, Closing, type OpenOptions } from "./adapters.js";
import { observeDatabase } from "./process-metrics.js";
import { tellOfRestore } from "./restored-command.js";

/** One process: PostgreSQL from npm's binaries under `dataDir`, broker in memory. Rejects when `signal` aborts. */
export async function openEmbedded(
  dataDir: string,
  { config, logger, metrics, signal, onLost }: OpenOptions,
): Promise<Adapters> {
  const closing = new Closing(logger);
  try {
    const postgres = await startEmbeddedPostgres({ dataDir, logger, onLost });
    closing.add("postgresql", () => postgres.stop());
    signal.throwIfAborted();
    const migrations = await migrate(postgres.url, { logger, signal });
    if (migrations.length > 0) logger.info({ migrations }, "migrations applied");
    signal.throwIfAborted();
    const database = openDatabase({
      url: postgres.url,
      connectionsMax: config.databaseConnections.write,
      readConnectionsMax: config.databaseConnections.read,
      liveConnectionsMax: config.databaseConnections.live,
      observer: observeDatabase(metrics),
    });
    closing.add("database", () => database.close());
    await tellOfRestore(database, logger);
    await releaseAllWork(database.primary); // the tasks of the last run were in memory
    await releaseAllTransfers(database.primary);
    const queue = createInProcessQueue({ logger });
    closing.add("queue", () => queue.close());
    const fanout = createInProcessFanout({ logger });
    closing.add("fanout", () => fanout.close());
    const parts = { database, queue, fanout, replicas: () => [], brokerVersion: () => null };
    return { ...parts, close: () => closing.run() };
  } catch (error) {
    await closing.run();
    throw error;
  }
}
