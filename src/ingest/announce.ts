import { authorKeysOf } from "../domain/author-key.js";
import type { Actor, Oid } from "../domain/commit.js";
import type { IngestKind, RewrittenOids } from "../domain/feed-event.js";
import type { Transaction } from "../postgres/database.js";
import { appendEvent, readAuthors, reserveEventId } from "../store/feed/feed-store.js";

/** More than this many in one event would make it too large for its subscribers. */
const OIDS_PER_EVENT_MAX = 1_000;

export interface News {
  readonly id: bigint;
  readonly kind: IngestKind;
  readonly repositoryId: number;
  readonly headOid: Oid | null;
  /** Of the commits stored under this id. */
  readonly authors: readonly Actor[];
  readonly orphaned: readonly Oid[];
  readonly restored: readonly Oid[];
  readonly isNews: boolean;
}

/** Last in its transaction. Usually one event; a rewrite of thousands of commits is spread over several. */
export async function announce(tx: Transaction, news: News): Promise<bigint | null> {
  const { id, kind, repositoryId, headOid, orphaned, restored } = news;
  if (!news.isNews && orphaned.length + restored.length === 0) return null;
  const slice = (oids: readonly Oid[], part: number) =>
    oids.slice(part * OIDS_PER_EVENT_MAX, (part + 1) * OIDS_PER_EVENT_MAX);
  const longest = Math.max(orphaned.length, restored.length, 1);
  const events = [];
  for (let part = 0; part * OIDS_PER_EVENT_MAX < longest; part += 1) {
    const orphanedOids = slice(orphaned, part);
    const restoredOids = slice(restored, part);
    events.push({
      id: part === 0 ? id : await reserveEventId(tx),
      kind,
      repositoryId,
      headOid,
      orphanedOids,
      restoredOids,
      authorKeys: part === 0 ? news.authors.flatMap(authorKeysOf) : [],
      oidsByAuthor: await groupByAuthor(tx, repositoryId, { orphanedOids, restoredOids }),
    });
  }
  // Only now: from the first of these to the commit, the feed waits.
  let sequence: bigint | null = null;
  for (const event of events) sequence = await appendEvent(tx, event);
  return sequence;
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
