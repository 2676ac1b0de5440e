import { type Context, context, ROOT_CONTEXT } from "@opentelemetry/api";
import type { Logger } from "pino";
import { isTrackerError } from "../domain/errors.js";
import type { FeedEvent, FeedPage } from "../domain/feed-event.js";
import { EVERYTHING, type FeedFilter, narrow } from "../domain/feed-filter.js";
import type { Fanout } from "./fanout.js";
import { createFeedOrigins } from "./feed-origins.js";
import { createRecentEvents } from "./recent-events.js";

export interface FeedReaderOptions {
  readonly fanout: Fanout;
  /**
   * What a filter shows of the events after a sequence: at most `limit`, fewer where they are large.
   * `CURSOR_EXPIRED` with the oldest sequence when not all of them are kept.
   */
  readonly readEvents: (after: bigint, limit: number, filter: FeedFilter) => Promise<FeedPage>;
  readonly latestSequence: () => Promise<bigint>;
  /** Told of each event of the feed as it is read, for metrics. */
  readonly onEvent?: (event: FeedEvent) => void;
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
  /**
   * What a filter shows of the events right after a sequence, at most 50: from memory where they
   * still are, else from the database. Waits until there is an event beyond it, and while the database
   * is away. `events` may be empty: nothing of interest up to `position`, which is beyond `after` in
   * any case. Null, quietly, when aborted or stopped. Called with each page's position in turn it
   * leaves nothing out and repeats nothing; whoever is slow, or far behind, holds no memory here.
   * `CURSOR_EXPIRED` for one who is so far behind that the feed no longer keeps what comes next.
   */
  next(after: bigint, filter: FeedFilter, signal: AbortSignal): Promise<FeedPage | null>;
  /** The trace that an event's delivery belongs to; undefined where there is none. */
  traceOf(sequence: bigint): Context | undefined;
  stop(): Promise<void>;
}

const HEARTBEAT_MS = 1_000;
const BATCH = 50;
/** As long a name that an event came with counts as the one that its repository has. */
const NAMES_MS_MAX = 2_000;
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5_000;

export async function startFeedReader(options: FeedReaderOptions): Promise<FeedReader> {
  const { fanout, readEvents, latestSequence, onEvent, logger } = options;
  const { heartbeatMs = HEARTBEAT_MS } = options;
  let position = await latestSequence();
  let recent = createRecentEvents();
  /** Raised whenever it goes on elsewhere: a place beyond it may be none any more. */
  let turn = 0;
  const waiting = new Set<() => void>();
  const reading = new Map<string, Promise<FeedPage>>();
  let isStopped = false;
  let wake: () => void = () => {};
  let isRung = false;

  const ring = () => {
    isRung = true;
    wake();
  };
  const origins = createFeedOrigins();
  const silence = await fanout.listen((sequence) => {
    if (sequence <= position) return;
    origins.rung(sequence);
    ring();
  });

  function emit(event: FeedEvent): void {
    if (event.sequence !== position + 1n) {
      throw new Error(`the feed jumps from ${position} to ${event.sequence}`);
    }
    position = event.sequence;
    recent.push(event);
    origins.arrived(event);
    onEvent?.(event);
  }

  function resumeAll(): void {
    for (const resume of [...waiting]) resume();
  }

  /** What is in memory does not lead there. */
  function goOnAfter(sequence: bigint): void {
    position = sequence;
    recent = createRecentEvents();
    turn += 1;
    resumeAll();
  }

  /**
   * For a process that was cut off for longer than the feed keeps, or whose database was restored under it:
   * then that is back where it was. Its subscribers find it out themselves.
   */
  function skipTo(oldest: bigint): void {
    logger.warn({ position, oldest }, "the feed does not go on where it was read to");
    goOnAfter(oldest - 1n);
  }

  async function catchUp(): Promise<void> {
    for (;;) {
      const page = await origins.reading(position, () => readEvents(position, BATCH, EVERYTHING));
      for (const event of page.events) emit(event);
      if (page.events.length > 0) resumeAll();
      if (page.position > position) goOnAfter(page.position); // over a gap
      if (page.isEnd || isStopped) return;
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
        const oldest = isTrackerError(err, "CURSOR_EXPIRED") && err.details.oldestSequence;
        if (oldest) {
          skipTo(oldest);
          continue;
        }
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

  /** Until there are new events, the time is over, it is aborted, or the reader stops. */
  async function waitForMore(signal: AbortSignal, ms?: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = ms === undefined ? undefined : setTimeout(done, ms);
      waiting.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  function fromMemory(after: bigint, filter: FeedFilter): FeedPage | null {
    // Elsewhere than in memory a repository has the name by which it is to be seen now.
    const events = filter.scope === null ? recent.after(after) : recent.after(after, NAMES_MS_MAX);
    if (events === null) return null;
    const seen: FeedEvent[] = [];
    for (const event of events) {
      const own = narrow(event, filter);
      if (own !== null) seen.push(own);
      if (seen.length === BATCH) {
        return { events: seen, position: event.sequence, isEnd: event.sequence === position };
      }
    }
    return { events: seen, position, isEnd: true };
  }

  /** One read for all who ask for the same at once, as after a restart, when all come back together. */
  function readShared(after: bigint, filter: FeedFilter): Promise<FeedPage> {
    const key = keyOf(after, filter);
    const found = reading.get(key);
    if (found !== undefined) return found;
    const page = readEvents(after, BATCH, filter).finally(() => reading.delete(key));
    reading.set(key, page);
    return page;
  }

  // Not in the trace of whoever happens to start it.
  const running = context.with(ROOT_CONTEXT, run);
  return {
    position: () => position,
    async next(after, filter, signal) {
      const isOver = () => signal.aborted || isStopped;
      const before = turn;
      while (position <= after && turn === before && !isOver()) await waitForMore(signal);
      for (let retryMs = RETRY_MS_MIN; !isOver(); retryMs = Math.min(2 * retryMs, RETRY_MS_MAX)) {
        const found = fromMemory(after, filter);
        if (found !== null) return found;
        try {
          const page = await readShared(after, filter);
          if (isOver()) return null;
          if (page.position > after) return page;
          await waitForMore(signal);
        } catch (error) {
          // A database that is away for a while is no reason to send a subscriber away.
          if (!isTrackerError(error, "DATABASE_UNAVAILABLE")) throw error;
          if (!isOver()) await waitForMore(signal, retryMs);
        }
      }
      return null;
    },
    traceOf: origins.of,
    async stop() {
      isStopped = true;
      wake();
      resumeAll();
      await silence();
      await running;
    },
  };
}

function keyOf(after: bigint, { repositoryIds, kinds, author, scope }: FeedFilter): string {
  const sorted = (set: ReadonlySet<unknown> | null) => set && [...set].sort();
  const limits = scope?.text;
  return JSON.stringify([String(after), sorted(repositoryIds), sorted(kinds), author, limits]);
}
