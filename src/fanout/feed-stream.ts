import { setTimeout as delay } from "node:timers/promises";
import { isTrackerError, TrackerError } from "../domain/errors.js";
import type { FeedEvent } from "../domain/feed-event.js";
import type { FeedReader, FeedReaderOptions } from "./feed-reader.js";

export interface FeedStreamOptions {
  /** Go on after this sequence; absent: from the feed's end. */
  readonly after?: bigint | undefined;
  /** Leaves out events for which it is false; they still count as passed. */
  readonly filter?: ((event: FeedEvent) => boolean) | undefined;
  readonly signal: AbortSignal;
}

export interface FeedStreamDependencies
  extends Pick<FeedReaderOptions, "readEvents" | "latestSequence"> {
  readonly reader: FeedReader;
}

const BATCH = 50;
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 2_000;

/**
 * One subscriber's events, each once, in order, from its cursor on: from memory where the reader
 * still has them, else from the database. A subscriber holds nothing but its position, so one that
 * is slow, or replays for long, costs no memory and misses nothing. Ends quietly when aborted.
 * `BAD_USER_INPUT` naming `after` for a cursor beyond the feed's end.
 */
export async function* openFeedStream(
  { reader, readEvents, latestSequence }: FeedStreamDependencies,
  { after, filter = () => true, signal }: FeedStreamOptions,
): AsyncGenerator<FeedEvent, void, undefined> {
  let position = after ?? reader.position();
  // Another process may have given out a cursor that this one has not come to yet.
  if (position > reader.position() && position > (await latestSequence())) {
    throw new TrackerError("BAD_USER_INPUT", "`after` lies beyond the end of the feed.", {
      field: "after",
    });
  }
  while (!signal.aborted) {
    await reader.beyond(position, signal);
    if (reader.position() <= position) return; // aborted, or the reader has stopped
    const events = reader.recent(position) ?? (await readPatiently(readEvents, position, signal));
    for (const event of events) {
      if (signal.aborted) return;
      position = event.sequence;
      if (filter(event)) yield event;
    }
  }
}

/** A database that is away for a while is no reason to send a subscriber away. */
async function readPatiently(
  readEvents: FeedStreamDependencies["readEvents"],
  after: bigint,
  signal: AbortSignal,
): Promise<FeedEvent[]> {
  for (let retryMs = RETRY_MS_MIN; !signal.aborted; retryMs = Math.min(2 * retryMs, RETRY_MS_MAX)) {
    try {
      return await readEvents(after, BATCH);
    } catch (error) {
      if (!isTrackerError(error, "DATABASE_UNAVAILABLE")) throw error;
      await delay(retryMs, undefined, { signal }).catch(() => {});
    }
  }
  return [];
}
