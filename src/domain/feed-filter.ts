import { authorKeysOf } from "./author-key.js";
import type { FeedEvent, IngestKind, RewrittenOids } from "./feed-event.js";
import { isVisible, type RepositoryScope } from "./repository-scope.js";

/** What a subscriber asks of the feed: everything given must hold; null: all. */
export interface FeedFilter {
  readonly repositoryIds: ReadonlySet<number> | null;
  readonly kinds: ReadonlySet<IngestKind> | null;
  /** As `authorKey` makes it. */
  readonly author: string | null;
  /** What the subscriber may see, by the name a repository has when its event is read. */
  readonly scope: RepositoryScope | null;
}

export const EVERYTHING: FeedFilter = {
  repositoryIds: null,
  kinds: null,
  author: null,
  scope: null,
};

const NONE: RewrittenOids = { orphanedOids: [], restoredOids: [] };

/**
 * What a subscriber with this filter sees of an event; null when that is nothing. The event itself
 * when nothing is left out of it.
 *
 * An author's part of an event: the commits that it stores of theirs, and the oids that it orphans or
 * restores of theirs. Whose those are was written down with the event (`oidsByAuthor`), so that the
 * answer is the same live and in a replay, also after the commits themselves were deleted.
 */
export function narrow(event: FeedEvent, filter: FeedFilter): FeedEvent | null {
  const { repositoryIds, kinds, author, scope } = filter;
  if (scope !== null && !isVisible(scope, event.repository)) return null;
  if (repositoryIds !== null && !repositoryIds.has(event.repository.id)) return null;
  if (kinds !== null && !kinds.has(event.kind)) return null;
  if (author === null) return event;
  const commits = event.commits.filter((commit) => authorKeysOf(commit.author).includes(author));
  const own = event.oidsByAuthor.get(author);
  if (commits.length === 0 && own === undefined) return null;
  const oidsByAuthor = new Map(own === undefined ? [] : [[author, own]]);
  return { ...event, commits, ...(own ?? NONE), oidsByAuthor };
}
