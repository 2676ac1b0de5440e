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
    ...given,
  };
}
