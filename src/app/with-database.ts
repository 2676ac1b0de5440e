import type { Logger } from "pino";
import type { DatabasePlace } from "../config/config.js";
import { type Database, openDatabase } from "../postgres/database.js";
import { reachEmbeddedPostgres } from "../postgres/embedded-postgres.js";
import { migrate } from "../postgres/migrate.js";
import { waitForDatabase } from "../postgres/wait-for-database.js";
import { Closing } from "./adapters.js";
import { requireNoSibling } from "./sibling-tracker.js";

export interface CommandOptions {
  readonly logger: Logger;
  /** Aborted when the command is to end while it still waits for the database. */
  readonly signal: AbortSignal;
}

/**
 * Lets a command work on a tracker's own database, migrated just now where it was not, whether a tracker
 * runs on it or not. Rejects with `ConfigError` where the tracker that runs has another one.
 */
export async function withDatabase<T>(
  place: DatabasePlace,
  { logger, signal }: CommandOptions,
  work: (database: Database, migrations: readonly string[]) => Promise<T>,
): Promise<T> {
  await requireNoSibling(place);
  const closing = new Closing(logger);
  try {
    const url = await reach(place, { logger, signal, closing });
    const migrations = await migrate(url, { logger, signal });
    const database = openDatabase({ url, connectionsMax: 1 });
    closing.add("database", () => database.close());
    return await work(database, migrations);
  } finally {
    await closing.run();
  }
}

async function reach(
  place: DatabasePlace,
  { logger, signal, closing }: CommandOptions & { closing: Closing },
): Promise<string> {
  if (place.kind === "distributed") {
    await waitForDatabase(place.databaseUrl, { logger, signal });
    return place.databaseUrl;
  }
  const postgres = await reachEmbeddedPostgres({ dataDir: place.dataDir, logger });
  closing.add("postgresql", () => postgres.stop());
  return postgres.url;
}
