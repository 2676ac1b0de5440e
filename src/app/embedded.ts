import { createInProcessFanout } from "../fanout/in-process-fanout.js";
import { openDatabase } from "../postgres/database.js";
import { startEmbeddedPostgres } from "../postgres/embedded-postgres.js";
import { migrate } from "../postgres/migrate.js";
import { createInProcessQueue } from "../queue/in-process-queue.js";
import { releaseWalks } from "../store/repositories/repository-store.js";
import { type Adapters, Closing, DATABASE_CONNECTIONS_MAX, type OpenOptions } from "./adapters.js";

/** One process: PostgreSQL from npm's binaries under `dataDir`, broker in memory. */
export async function openEmbedded(
  dataDir: string,
  { logger, signal, onLost }: Pick<OpenOptions, "logger" | "signal" | "onLost">,
): Promise<Adapters> {
  const closing = new Closing(logger);
  try {
    const postgres = await startEmbeddedPostgres({ dataDir, logger, onLost });
    closing.add("postgresql", () => postgres.stop());
    const migrations = await migrate(postgres.url, { logger, signal });
    if (migrations.length > 0) logger.info({ migrations }, "migrations applied");
    const database = openDatabase({
      url: postgres.url,
      connectionsMax: DATABASE_CONNECTIONS_MAX,
    });
    closing.add("database", () => database.close());
    await releaseWalks(database.primary); // the tasks of the last run were in memory
    const queue = createInProcessQueue({ logger });
    closing.add("queue", () => queue.close());
    const fanout = createInProcessFanout({ logger });
    closing.add("fanout", () => fanout.close());
    return { database, queue, fanout, close: () => closing.run() };
  } catch (error) {
    await closing.run();
    throw error;
  }
}
