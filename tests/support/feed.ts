import type { FeedEvent, FeedPage } from "../../src/domain/feed-event.js";
import { EVERYTHING, type FeedFilter, narrow } from "../../src/domain/feed-filter.js";
import type { Database } from "../../src/postgres/database.js";
import { readEvents } from "../../src/store/feed/feed-store.js";

/** All of the feed after a sequence, or all that a filter shows of it, page by page. */
export async function readFeed(
  database: Database,
  {
    after = 0n,
    filter = EVERYTHING,
    limit = 50,
  }: { after?: bigint; filter?: FeedFilter; limit?: number } = {},
): Promise<FeedEvent[]> {
  const events: FeedEvent[] = [];
  for (let position = after; ; ) {
    const page = await readEvents(database, position, limit, filter);
    events.push(...page.events);
    if (page.isEnd) return events;
    position = page.position;
  }
}

/** What `readEvents` promises, over a dense log in memory. */
export function readLog(
  log: readonly FeedEvent[],
  after: bigint,
  limit: number,
  filter: FeedFilter,
): FeedPage {
  const seen = log.slice(Number(after)).flatMap((event) => narrow(event, filter) ?? []);
  const events = seen.slice(0, limit);
  const isEnd = events.length < limit;
  const last = isEnd ? BigInt(log.length) : events.at(-1)?.sequence;
  return { events, position: last ?? after, isEnd };
}
