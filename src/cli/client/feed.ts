import { setTimeout as delay } from "node:timers/promises";
import type { IngestKind } from "../../domain/feed-event.js";
import type { ServerAddress } from "./server-address.js";
import { ServerError } from "./server-error.js";
import { subscribe } from "./subscription.js";

/** What one transaction of the tracker stored. */
export interface FeedEvent {
  readonly sequence: string;
  readonly cursor: string;
  readonly kind: IngestKind;
  readonly headOid: string | null;
  readonly ingestedAt: string;
  readonly repository: { readonly id: string; readonly nameWithOwner: string };
  readonly commits: readonly FeedCommit[];
  readonly orphanedOids: readonly string[];
  readonly restoredOids: readonly string[];
}

export interface FeedCommit {
  readonly oid: string;
  readonly abbreviatedOid: string;
  readonly messageHeadline: string;
  readonly committedAt: string;
  readonly author: { readonly name: string; readonly login: string | null };
}

export interface FeedOptions {
  /** Go on after this cursor. */
  readonly after: string;
  readonly repositories?: readonly string[] | undefined;
  readonly kinds?: readonly IngestKind[] | undefined;
  /** The connection is lost and will be opened again. */
  readonly onLost: (error: ServerError, cursor: string) => Promise<void>;
}

const COMMITS_INGESTED = `
  subscription ($after: String, $repositories: [String!], $kinds: [IngestKind!]) {
    commitsIngested(after: $after, repositories: $repositories, kinds: $kinds) {
      sequence cursor kind headOid ingestedAt orphanedOids restoredOids
      repository { id nameWithOwner }
      commits {
        oid abbreviatedOid messageHeadline authoredAt committedAt url
        author { name email login } committer { name email login }
      }
    }
  }`;
const RETRY_MS = { min: 250, max: 10_000 };
/** A connection that held so long was a good one. */
const HELD_MS = 10_000;

/**
 * Every event after a cursor, once and in order, over as many connections as it takes: each begins
 * at the cursor of the last event that was taken. Rejects only when the server refuses.
 */
export async function* followFeed(
  address: ServerAddress,
  { after, repositories, kinds, onLost }: FeedOptions,
): AsyncGenerator<FeedEvent, void, undefined> {
  let cursor = after;
  let sequence = 0n;
  for (let retryMs = RETRY_MS.min; ; retryMs = Math.min(2 * retryMs, RETRY_MS.max)) {
    const openedAtMs = performance.now();
    try {
      const variables = { after: cursor, repositories, kinds };
      const query = COMMITS_INGESTED;
      for await (const answer of subscribe<Answer>(address, { query, variables })) {
        const event = answer.commitsIngested;
        if (BigInt(event.sequence) <= sequence) continue;
        yield event;
        cursor = event.cursor;
        sequence = BigInt(event.sequence);
        retryMs = RETRY_MS.min;
      }
    } catch (error) {
      if (!(error instanceof ServerError) || !error.isPassing) throw error;
      await onLost(error, cursor);
    }
    if (performance.now() - openedAtMs > HELD_MS) retryMs = RETRY_MS.min;
    await delay(retryMs * (0.5 + Math.random() / 2)); // not all at once after a restart
  }
}

interface Answer {
  readonly commitsIngested: FeedEvent;
}
