import { authorKeysOf } from "../domain/author-key.js";
import type { Actor, Oid } from "../domain/commit.js";
import type { IngestKind, RewrittenOids } from "../domain/feed-event.js";
import type { Transaction } from "../postgres/database.js";
import { appendEvents, type NewFeedEvent, readAuthors } from "../store/feed/feed-store.js";

/** More than this many in one event would make it too large for its subscribers. */
const OIDS_PER_EVENT_MAX = 1_000;

export interface News {
  readonly kind: IngestKind;
  readonly repositoryId: number;
  readonly headOid: Oid | null;
  /** Events that commits are stored under, and by whom those are. */
  readonly stored: readonly { readonly id: bigint; readonly authors: readonly Actor[] }[];
  readonly orphaned: readonly Oid[];
  readonly restored: readonly Oid[];
  readonly isNews: boolean;
}

/** Last in its transaction. Usually one event; thousands of commits are spread over several. */
export async function announce(tx: Transaction, news: News): Promise<bigint | null> {
  const { repositoryId, stored, orphaned, restored } = news;
  if (!news.isNews && orphaned.length + restored.length === 0) return null;
  const slice = (oids: readonly Oid[], part: number) =>
    oids.slice(part * OIDS_PER_EVENT_MAX, (part + 1) * OIDS_PER_EVENT_MAX);
  const longest = Math.ceil(Math.max(orphaned.length, restored.length, 1) / OIDS_PER_EVENT_MAX);
  const events: NewFeedEvent[] = [];
  for (let part = 0; part < Math.max(longest, stored.length); part += 1) {
    const rewritten = {
      orphanedOids: slice(orphaned, part),
      restoredOids: slice(restored, part),
    };
    events.push({
      id: stored[part]?.id ?? null,
      ...rewritten,
      authorKeys: stored[part]?.authors.flatMap(authorKeysOf) ?? [],
      oidsByAuthor: await groupByAuthor(tx, repositoryId, rewritten),
    });
  }
  // Only now: from then to the commit, the feed waits.
  return await appendEvents(tx, news, events);
}

async function groupByAuthor(
  tx: Transaction,
  repositoryId: number,
  { orphanedOids, restoredOids }: RewrittenOids,
): Promise<Map<string, RewrittenOids>> {
  const authors = await readAuthors(tx, repositoryId, [...orphanedOids, ...restoredOids]);
  const groups = new Map<string, { orphanedOids: Oid[]; restoredOids: Oid[] }>();
  const add = (oids: readonly Oid[], list: "orphanedOids" | "restoredOids") => {
    for (const oid of oids) {
      const author = authors.get(oid);
      for (const key of author === undefined ? [] : authorKeysOf(author)) {
        const group = groups.get(key) ?? { orphanedOids: [], restoredOids: [] };
        group[list].push(oid);
        groups.set(key, group);
      }
    }
  };
  add(orphanedOids, "orphanedOids");
  add(restoredOids, "restoredOids");
  return groups;
}
