import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { CONNECT_TIMEOUT_MS } from "./connection-pool.js";
import { openProbe } from "./probe.js";

const RETRY_MS_MAX = 10_000;

/** Resolves when the database answers; says so while it does not. Rejects only when aborted. */
export async function waitForDatabase(
  url: string,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<void> {
  const probe = openProbe(url, { withinMs: CONNECT_TIMEOUT_MS });
  try {
    for (let retryMs = 250; ; retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)) {
      try {
        await probe.ask("select 1");
        return;
      } catch (error) {
        const reason = error instanceof Error ? error.message || error.name : String(error);
        logger.warn({ reason, retryMs }, "database cannot be reached, waiting");
        await delay(retryMs, undefined, { signal });
      }
    }
  } finally {
    await probe.close();
  }
}
