import type { StoredCommit } from "../../src/domain/commit.js";
import type { FeedEvent } from "../../src/domain/feed-event.js";
import type { Repository } from "../../src/domain/repository.js";

export function aRepository(given: Partial<Repository> = {}): Repository {
  return {
    id: 1,
    owner: "octo",
    name: "hello",
    state: "ACTIVE",
    generation: 0,
    trackFrom: null,
    defaultBranch: "main",
    isArchived: false,
    isPrivate: false,
    headOid: null,
    commitCount: 0,
    attempts: 0,
    lastError: null,
    lastCheckedAt: null,
    lastFetchedAt: null,
    nextCheckAt: new Date(0),
    checkIntervalMs: null,
    checkReason: "RATE",
    createdAt: new Date(0),
    ...given,
  };
}

export function aCommit(given: Partial<StoredCommit> = {}): StoredCommit {
  const actor = { name: "A", email: "a@example.org", login: null, avatarUrl: null };
  return {
    id: `Commit:1:${"0".repeat(40)}`,
    oid: "0".repeat(40),
    abbreviatedOid: "0".repeat(7),
    parents: [],
    message: "change",
    messageHeadline: "change",
    author: actor,
    authoredAt: new Date(0),
    committer: actor,
    committedAt: new Date(0),
    repositoryId: 1,
    reachable: true,
    orphanedAt: null,
    sequence: 1n,
    position: 0,
    firstSeenAt: new Date(0),
    ...given,
  };
}

export function anEvent(given: Partial<FeedEvent> = {}): FeedEvent {
  return {
    sequence: 1n,
    kind: "LIVE",
    repository: aRepository(),
    headOid: null,
    ingestedAt: new Date(0),
    commits: [],
    orphanedOids: [],
    restoredOids: [],
    oidsByAuthor: new Map(),
    ...given,
  };
}
