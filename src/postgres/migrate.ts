import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { TrackerError } from "../domain/errors.js";
import { databaseError } from "./database-error.js";
import { MIGRATIONS_FOLDER, readMigrations } from "./migration-files.js";
import { MigrationSession } from "./migration-session.js";

const PATIENCE_MS = 10 * 60_000;
const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 5_000;

export interface MigrateOptions {
  readonly logger?: Logger;
  /** Aborted: what is under way is given up whole. */
  readonly signal?: AbortSignal;
  readonly folder?: string;
  /** How long it waits for others at a time: those who migrate as well, and those who hold a table. */
  readonly patienceMs?: number;
}

/**
 * Applies the migrations that the database lacks and returns their names, oldest first.
 *
 * Each is one transaction, the note that it was applied included: whatever ends it, all or nothing of it
 * is there. Safe when several processes start at once: one applies, the others wait. Where the
 * system is at work it asks for its locks again and again, rather than have everybody wait behind it.
 */
export async function migrate(
  databaseUrl: string,
  { logger, signal, folder = MIGRATIONS_FOLDER, patienceMs = PATIENCE_MS }: MigrateOptions = {},
): Promise<string[]> {
  signal?.throwIfAborted();
  const migrations = await readMigrations(folder);
  const session = new MigrationSession(databaseUrl);
  const giveUp = () => void session.giveUp();
  signal?.addEventListener("abort", giveUp, { once: true });
  try {
    await session.open();
    const applied: string[] = [];
    let waitingSince: number | null = null;
    let retryMs = RETRY_MS_MIN;
    for (;;) {
      const step = await session.applyNext(migrations);
      if (step.kind === "done") return applied;
      if (step.kind === "applied") {
        applied.push(step.name);
        waitingSince = null;
        retryMs = RETRY_MS_MIN;
        continue;
      }
      waitingSince ??= Date.now();
      const waitedMs = Date.now() - waitingSince;
      if (waitedMs >= patienceMs) throw outOfPatience(step.reason, waitedMs);
      logger?.info({ reason: step.reason, waitedMs }, "migrations wait");
      await delay(retryMs, undefined, signal && { signal });
      retryMs = Math.min(retryMs * 2, RETRY_MS_MAX);
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw databaseError(cause);
  } finally {
    signal?.removeEventListener("abort", giveUp);
    await session.close();
  }
}

function outOfPatience(reason: string, waitedMs: number): TrackerError {
  return new TrackerError(
    "DATABASE_UNAVAILABLE",
    `The migrations have waited for ${Math.round(waitedMs / 1_000)} s: ${reason}. End what holds them up (pg_stat_activity shows it) and start again.`,
  );
}
