import type { Logger } from "pino";
import type { Database } from "../postgres/database.js";
import { markWatched } from "../store/work/schedule-store.js";

/** Marks last a bit longer than from one renewal to the next. */
const RENEW_MS = 60_000;
const MARK_MS = 90_000;

export interface Watching {
  /** Repositories that somebody follows live, until the returned function is called. */
  watch(repositoryIds: ReadonlySet<number>): () => void;
  stop(): Promise<void>;
}

/**
 * Makes repositories that somebody follows live more urgent to check. One statement for all of a
 * process, when there are new ones and once a minute; a process that dies leaves nothing behind for long.
 */
export function startWatching({
  database,
  minMs,
  logger,
}: {
  database: Database;
  /** The shortest time between checks: a newly followed one is due within it. */
  minMs: number;
  logger: Logger;
}): Watching {
  const watchers = new Map<number, number>();
  let writing = Promise.resolve();
  let soon: NodeJS.Immediate | undefined;
  const mark = () => {
    soon = undefined;
    const ids = [...watchers.keys()];
    if (ids.length === 0) return;
    writing = writing
      .then(() => markWatched(database.primary, ids, { forMs: MARK_MS, dueInMs: minMs }))
      .catch((err: unknown) => logger.warn({ err }, "repositories not marked as followed"));
  };
  const renewing = setInterval(mark, RENEW_MS).unref();
  return {
    watch(repositoryIds) {
      for (const id of repositoryIds) watchers.set(id, (watchers.get(id) ?? 0) + 1);
      if (repositoryIds.size > 0) soon ??= setImmediate(mark);
      return () => {
        for (const id of repositoryIds) {
          const left = (watchers.get(id) ?? 0) - 1;
          if (left > 0) watchers.set(id, left);
          else watchers.delete(id);
        }
      };
    },
    async stop() {
      clearInterval(renewing);
      clearImmediate(soon);
      await writing;
    },
  };
}
