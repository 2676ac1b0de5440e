import type { FeedEvent } from "../domain/feed-event.js";

const EVENTS_MAX = 256;
const COMMITS_MAX = 5_000;
const BYTES_MAX = 32 * 2 ** 20;

/** The newest events, dense, for those who are close behind; bounded by number and by size. */
export interface RecentEvents {
  /** The sequence must follow the last one's. */
  push(event: FeedEvent): void;
  /**
   * All from the one right after a sequence on; null when that one is not here, or has been for longer
   * than that.
   */
  after(sequence: bigint, ageMsMax?: number): readonly FeedEvent[] | null;
}

export function createRecentEvents(): RecentEvents {
  const events: FeedEvent[] = [];
  const pushedAt = new WeakMap<FeedEvent, number>();
  let commits = 0;
  let bytes = 0;
  const isTooMuch = () => events.length > EVENTS_MAX || commits > COMMITS_MAX || bytes > BYTES_MAX;
  return {
    push(event) {
      events.push(event);
      pushedAt.set(event, performance.now());
      commits += event.commits.length;
      bytes += approximateBytes(event);
      while (events.length > 1 && isTooMuch()) {
        const [oldest] = events.splice(0, 1);
        if (oldest === undefined) break;
        commits -= oldest.commits.length;
        bytes -= approximateBytes(oldest);
      }
    },
    after(sequence, ageMsMax = Number.POSITIVE_INFINITY) {
      const [first] = events;
      if (first === undefined || sequence + 1n < first.sequence) return null;
      const wanted = events.slice(Number(sequence + 1n - first.sequence));
      const [oldest] = wanted;
      const ageMs = oldest === undefined ? 0 : performance.now() - (pushedAt.get(oldest) ?? 0);
      return ageMs <= ageMsMax ? wanted : null;
    },
  };
}

const OID_BYTES = 64;
const COMMIT_BYTES = 1_000; // names, dates, parents, and the objects around them

/** Two bytes a character: what a message with one character beyond Latin-1 takes. */
function approximateBytes({ commits, orphanedOids, restoredOids }: FeedEvent): number {
  const oids = 4 * (orphanedOids.length + restoredOids.length); // in three lists by author too
  return commits.reduce(
    (sum, { message }) => sum + COMMIT_BYTES + 2 * message.length,
    OID_BYTES * oids,
  );
}
