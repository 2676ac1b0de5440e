import type { Logger } from "pino";
import type { FeedEvent } from "../domain/feed-event.js";
import type { Fanout } from "./fanout.js";

export interface FeedReaderOptions {
  readonly fanout: Fanout;
  /** Events after a sequence, ascending and dense, at most `limit`. */
  readonly readEvents: (after: bigint, limit: number) => Promise<FeedEvent[]>;
  readonly latestSequence: () => Promise<bigint>;
  readonly logger: Logger;
  /** How long a lost ring can go unnoticed. Default: one second. */
  readonly heartbeatMs?: number;
}

/**
 * The feed as one process knows it: strictly by sequence, from the database, woken by the fanout.
 * Without the fanout it goes on at the pace of its heartbeat. It starts at the feed's end.
 */
export interface FeedReader {
  /** The newest sequence known here. */
  position(): bigint;
  /** The events right after a sequence that are still in memory; null when the first is not. */
  recent(after: bigint): readonly FeedEvent[] | null;
  /** Resolves when `position` is beyond `after`, or quietly when aborted. */
  beyond(after: bigint, signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

const HEARTBEAT_MS = 1_000;
const BATCH = 50;
const RETRY_MS_MAX = 5_000;
/** Kept for live subscribers; whoever is further behind reads the database. */
const RECENT_EVENTS_MAX = 256;
const RECENT_COMMITS_MAX = 5_000;

export async function startFeedReader(options: FeedReaderOptions): Promise<FeedReader> {
  const { fanout, readEvents, latestSequence, logger, heartbeatMs = HEARTBEAT_MS } = options;
  let position = await latestSequence();
  const recent: FeedEvent[] = [];
  let recentCommits = 0;
  const waiting = new Set<() => void>();
  let isStopped = false;
  let wake: () => void = () => {};
  let isRung = false;

  const ring = () => {
    isRung = true;
    wake();
  };
  const silence = await fanout.listen((sequence) => {
    if (sequence > position) ring();
  });

  function emit(event: FeedEvent): void {
    if (event.sequence !== position + 1n) {
      throw new Error(`the feed jumps from ${position} to ${event.sequence}`);
    }
    position = event.sequence;
    recent.push(event);
    recentCommits += event.commits.length;
    while (
      recent.length > RECENT_EVENTS_MAX ||
      (recentCommits > RECENT_COMMITS_MAX && recent.length > 1)
    ) {
      recentCommits -= recent.shift()?.commits.length ?? 0;
    }
    for (const resume of [...waiting]) resume();
  }

  async function catchUp(): Promise<void> {
    for (;;) {
      const events = await readEvents(position, BATCH);
      for (const event of events) emit(event);
      if (events.length < BATCH || isStopped) return;
    }
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!isStopped) {
      isRung = false;
      try {
        await catchUp();
        failures = 0;
      } catch (err) {
        failures += 1;
        logger.warn({ err, failures }, "feed cannot be read, trying again");
      }
      const pauseMs =
        failures === 0 ? heartbeatMs : Math.min(heartbeatMs * 2 ** failures, RETRY_MS_MAX);
      if (!isStopped && (!isRung || failures > 0)) await pause(pauseMs, failures === 0);
    }
  }

  /** Sleeps until the time is over or, where that is allowed, the fanout rings. */
  async function pause(ms: number, mayWake: boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        if (!mayWake && !isStopped) return;
        clearTimeout(timer);
        resolve();
      };
    });
    wake = () => {};
  }

  const running = run();
  return {
    position: () => position,
    recent(after) {
      const [first] = recent;
      if (first === undefined || after + 1n < first.sequence) return null;
      return recent.slice(Number(after + 1n - first.sequence));
    },
    async beyond(after, signal) {
      while (position <= after && !signal.aborted && !isStopped) {
        await new Promise<void>((resolve) => {
          const done = () => {
            waiting.delete(done);
            signal.removeEventListener("abort", done);
            resolve();
          };
          waiting.add(done);
          signal.addEventListener("abort", done, { once: true });
        });
      }
    },
    async stop() {
      isStopped = true;
      wake();
      for (const resume of [...waiting]) resume();
      await silence();
      await running;
    },
  };
}
