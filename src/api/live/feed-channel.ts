import { setMaxListeners } from "node:events";
import { type Context, context, SpanKind } from "@opentelemetry/api";
import { type Bookmark, bookmarkAt, type FeedEvent } from "../../domain/feed-event.js";
import type { FeedFilter } from "../../domain/feed-filter.js";
import type { FeedReader } from "../../fanout/feed-reader.js";
import { ATTR_MESSAGING_MESSAGE_BODY_SIZE } from "../../telemetry/traces/semantic-conventions.js";
import { addFacts, withChildSpan } from "../../telemetry/traces/spans.js";
import { BookmarkClock } from "./bookmark-clock.js";
import type { SendingTurns } from "./sending-turns.js";

/** Somebody who has seen all that a channel has told so far. */
export interface Follower {
  /** The channel's next event, rendered. False: no more for now, it goes on by itself. */
  take(event: FeedEvent | Bookmark, payload: Buffer): boolean;
  /** An event could not be told; nothing follows it. */
  fail(error: unknown): void;
}

export interface FeedChannelParts {
  readonly reader: FeedReader;
  readonly filter: FeedFilter;
  readonly render: (event: FeedEvent | Bookmark) => Promise<Buffer>;
  readonly turns: SendingTurns;
  /** Between two bookmarks at least; null: there are none. */
  readonly bookmarkMs: number | null;
  /** Called with the number of subscribers that were sent an event at once. */
  readonly onDelivered: (count: number, event: FeedEvent | Bookmark) => void;
}

/**
 * What all subscribers with the same document, variables and filter are told: each event is executed
 * and serialised once, however many they are.
 *
 * It moves through the feed at the reader's pace and pushes to its followers. Whoever is behind
 * reads the feed alone and becomes a follower at the moment it has seen what the channel has told:
 * the two positions are compared, and the follower added, without anything happening in between.
 */
export class FeedChannel {
  readonly #followers = new Set<Follower>();
  readonly #closing = new AbortController();
  readonly #bookmarks: BookmarkClock | null;
  #position: bigint;

  constructor(private readonly parts: FeedChannelParts) {
    setMaxListeners(0, this.#closing.signal);
    this.#position = parts.reader.position();
    const { bookmarkMs } = parts;
    this.#bookmarks =
      bookmarkMs === null
        ? null
        : new BookmarkClock(bookmarkMs, () => void this.#bookmark(), this.#position);
    void this.#run();
  }

  /** All that matches up to this sequence has been told to the followers. */
  get position(): bigint {
    return this.#position;
  }

  follow(follower: Follower): void {
    this.#followers.add(follower);
  }

  leave(follower: Follower): void {
    this.#followers.delete(follower);
  }

  /** The same bytes for everybody who is told this event. */
  render(event: FeedEvent | Bookmark): Promise<Buffer> {
    return this.parts.render(event);
  }

  close(): void {
    this.#bookmarks?.close();
    this.#closing.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    const { reader, filter, turns } = this.parts;
    while (!signal.aborted) {
      try {
        const step = await reader.next(this.#position, filter, signal);
        if (step === null) return;
        for (const event of step.events) {
          const sentBytes = await delivering(reader.traceOf(event.sequence), async () => {
            const payload = await this.render(event);
            const count = this.#tell(event, payload);
            this.#position = event.sequence;
            this.#bookmarks?.told(event.sequence);
            return { count, bytes: payload.length };
          });
          await turns.sent(sentBytes);
        }
        this.#position = step.position;
        this.#bookmarks?.passed(step.position);
      } catch (error) {
        for (const follower of this.#followers) follower.fail(error);
        this.#followers.clear();
        // Those that come later start behind it, and hear of the fault themselves.
        this.#position = reader.position();
      }
    }
  }

  /** Between two steps: all that matters up to the position has been told. */
  async #bookmark(): Promise<void> {
    const bookmark = bookmarkAt(this.#position, new Date());
    this.#bookmarks?.told(bookmark.sequence);
    const payload = await this.render(bookmark).catch(() => null); // the next will do
    if (payload !== null && !this.#closing.signal.aborted) this.#tell(bookmark, payload);
  }

  #tell(event: FeedEvent | Bookmark, payload: Buffer): number {
    let count = 0;
    for (const follower of this.#followers) {
      count += 1;
      if (!follower.take(event, payload)) this.#followers.delete(follower);
    }
    if (count > 0) this.parts.onDelivered(count, event);
    return count;
  }
}

/** As the last part of an event's trace, where it has one. The bytes sent to all. */
async function delivering(
  trace: Context | undefined,
  deliver: () => Promise<{ readonly count: number; readonly bytes: number }>,
): Promise<number> {
  const deliverAll = async () => {
    const { count, bytes } = await deliver();
    if (trace !== undefined) {
      addFacts({ "tracker.subscribers": count, [ATTR_MESSAGING_MESSAGE_BODY_SIZE]: bytes });
    }
    return count * bytes;
  };
  if (trace === undefined) return await deliverAll();
  const span = { kind: SpanKind.PRODUCER };
  return await context.with(trace, () => withChildSpan("deliver feed event", span, deliverAll));
}
