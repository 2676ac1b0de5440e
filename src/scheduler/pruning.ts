import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Database } from "../postgres/database.js";
import { pruneFeed } from "../store/feed/feed-pruning.js";

/** Events a transaction: a fraction of a second's work. */
const BATCH = 500;
const PAUSE_MS_MAX = 60_000;

/** Keeps the feed no longer than it is meant to be. Any number of processes may; one works at a time. */
export function startPruning({
  database,
  retentionMs,
  logger,
}: {
  database: Database;
  retentionMs: number;
  logger: Logger;
}): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const options = { olderThanMs: retentionMs, limit: BATCH };
  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        let pruned = BATCH;
        while (pruned === BATCH && !signal.aborted) {
          pruned = await database.transaction((tx) => pruneFeed(tx, options));
          if (pruned > 0) logger.debug({ pruned }, "events taken off the feed");
        }
      } catch (err) {
        logger.warn({ err }, "feed not pruned, trying again");
      }
      const pauseMs = Math.min(retentionMs / 10, PAUSE_MS_MAX);
      await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
