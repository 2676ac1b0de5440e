import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { WorkKind } from "../domain/work.js";
import type { Database } from "../postgres/database.js";
import { releaseWork } from "../store/work/work-store.js";

/** Work that this process had in hand and knows that it has lost. */
export interface LostWork {
  /** Makes it due again as soon as the database can be told; never rejects. */
  add(kind: WorkKind, ids: readonly number[]): void;
  /** What could not be told by then comes back when its lease ends. */
  stop(): Promise<void>;
}

const RETRY_MS = 250;
const RETRY_MS_MAX = 5_000;

/** A connection that is lost in the middle of a task, or a row that is locked, is to cost a second, and not a lease. */
export function createLostWork({
  database,
  logger,
}: {
  database: Database;
  logger: Logger;
}): LostWork {
  const lost = new Map<WorkKind, Set<number>>();
  const stopping = new AbortController();
  const { signal } = stopping;
  let telling: Promise<void> | null = null;

  /** Until there is nothing to tell; nothing is awaited between that and its end. */
  async function tell(): Promise<void> {
    for (let retryMs = RETRY_MS; lost.size > 0 && !signal.aborted; ) {
      const [next] = lost;
      if (next === undefined) break;
      const [kind, ids] = next;
      lost.delete(kind);
      try {
        await releaseWork(database.primary, kind, [...ids]);
        logger.info({ kind, count: ids.size }, "lost work is due again");
        retryMs = RETRY_MS;
      } catch (err) {
        add(kind, [...ids]);
        logger.debug({ err, kind }, "lost work could not be given back yet");
        await delay(retryMs, undefined, { signal }).catch(() => {});
        retryMs = Math.min(2 * retryMs, RETRY_MS_MAX);
      }
    }
    telling = null;
  }

  function add(kind: WorkKind, ids: readonly number[]): void {
    const known = lost.get(kind) ?? new Set();
    for (const id of ids) known.add(id);
    lost.set(kind, known);
  }

  return {
    add(kind, ids) {
      add(kind, ids);
      telling ??= tell();
    },
    async stop() {
      stopping.abort();
      await telling;
    },
  };
}
