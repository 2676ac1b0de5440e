import type { Logger } from "pino";
import type { Config } from "../config/config.js";
import { waitForDatabase } from "../postgres/database.js";
import { startEmbeddedPostgres } from "../postgres/embedded-postgres.js";
import { migrate } from "../postgres/migrate.js";

/** `tracker migrate`: applies the migrations and ends. */
export async function applyMigrations(
  { profile }: Config,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<string[]> {
  if (profile.kind === "embedded") {
    const postgres = await startEmbeddedPostgres({ dataDir: profile.dataDir, logger });
    try {
      return await migrate(postgres.url, { logger, signal });
    } finally {
      await postgres.stop();
    }
  }
  await waitForDatabase(profile.databaseUrl, { logger, signal });
  return await migrate(profile.databaseUrl, { logger, signal });
}
