import type {
  CheckReason,
  RepositoryState,
  StaleReason,
  TaskKind,
} from "../operations.generated.js";

/** What the API's values are called on the page. */
export const STATE_WORDS: Readonly<Record<RepositoryState, string>> = {
  ACTIVE: "Active",
  BACKFILLING: "First history",
  EMPTY: "Empty",
  FAILED: "Given up",
  PAUSED: "Paused",
  PENDING: "Added",
  REMOVED: "Removed",
  UNAVAILABLE: "Unavailable",
};

export const STALE_WORDS: Readonly<Record<StaleReason, string>> = {
  CHECK_FAILED: "last check failed",
  FETCHING: "fetching a push",
  FIRST_HISTORY: "first history",
  GIVEN_UP: "given up for now",
  OVERDUE: "check is late",
  PAUSED: "paused",
  REMOVED: "removed",
  UNAVAILABLE: "not shown by GitHub",
};

export const CHECK_WORDS: Readonly<Record<CheckReason, string>> = {
  ADDED: "just added",
  RATE: "by its commit rate",
  REQUESTED: "asked for",
  RETRY: "trying again",
  WALK: "history comes in",
  WATCHED: "followed live",
};

export const TASK_WORDS: Readonly<Record<TaskKind, string>> = {
  BACKFILL: "First history",
  CHECK: "Check",
  PULL: "Fetching a push",
};
