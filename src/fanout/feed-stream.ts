import { TrackerError } from "../domain/errors.js";
import type { FeedEvent } from "../domain/feed-event.js";
import { EVERYTHING, type FeedFilter } from "../domain/feed-filter.js";
import type { FeedReader, FeedReaderOptions } from "./feed-reader.js";

export interface FeedStreamOptions {
  /** Go on after this sequence; absent: from the feed's end. */
  readonly after?: bigint | undefined;
  readonly filter?: FeedFilter | undefined;
  readonly signal: AbortSignal;
}

export interface FeedStreamDependencies extends Pick<FeedReaderOptions, "latestSequence"> {
  readonly reader: FeedReader;
}

/**
 * One subscriber's events, each once, in order, from its cursor on. A subscriber holds nothing but
 * its position, so one that is slow, or replays for long, costs no memory and misses nothing. Ends
 * quietly when aborted. `BAD_USER_INPUT` naming `after` for a cursor beyond the feed's end, `CURSOR_EXPIRED` when
 * what comes next is no longer kept.
 */
export async function* openFeedStream(
  { reader, latestSequence }: FeedStreamDependencies,
  { after, filter = EVERYTHING, signal }: FeedStreamOptions,
): AsyncGenerator<FeedEvent, void, undefined> {
  let position = after ?? reader.position();
  await requireWithin({ reader, latestSequence }, position);
  for (;;) {
    const page = await reader.next(position, filter, signal);
    if (page === null) return;
    for (const event of page.events) {
      if (signal.aborted) return;
      yield event;
    }
    position = page.position;
  }
}

/** `BAD_USER_INPUT` for a cursor that nobody can have been given. */
export async function requireWithin(
  { reader, latestSequence }: FeedStreamDependencies,
  after: bigint,
): Promise<void> {
  // Another process may have given out a cursor that this one has not come to yet.
  if (after <= reader.position() || after <= (await latestSequence())) return;
  throw new TrackerError("BAD_USER_INPUT", "`after` lies beyond the end of the feed.", {
    field: "after",
  });
}
