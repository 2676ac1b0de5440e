import { z } from "zod";

/**
 * A task names what to do and never carries where to start: positions are read from the database
 * under the repository's row lock, so a stale, repeated or reordered task does no harm.
 */
export const TASK_KINDS = ["check", "pull", "backfill", "verify", "listing"] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

/** Deliveries of one task in all: a task that kills its worker must not come for ever. */
export const DELIVERIES_MAX = 5;

const id = z.int().positive();

/** Ask GitHub about these repositories (1 to 100), and publish pulls for those that moved. */
const checkTask = z.strictObject({
  repositoryIds: z.array(id).min(1).max(100),
  /** Also whether another repository has this name now: one that these had before. */
  formerName: z.strictObject({ owner: z.string(), name: z.string() }).optional(),
});
/** Fetch what a repository's frontier is missing. Stale when the row's generation has moved on. */
const pullTask = z.strictObject({ repositoryId: id, generation: z.int().nonnegative() });

/** Hold what is stored of a repository against GitHub, as its verification row says. */
const verifyTask = z.strictObject({ repositoryId: id });

/** Ask GitHub for the repositories of an owner, as the listing's row says. */
const listingTask = z.strictObject({ listingId: id });

/** `pull` is live work; `backfill` is the same work for a first history, in a queue of its own so live work never waits behind it. */
export const taskSchemas = {
  check: checkTask,
  pull: pullTask,
  backfill: pullTask,
  verify: verifyTask,
  listing: listingTask,
} as const;
export type TaskPayload<K extends TaskKind> = z.infer<(typeof taskSchemas)[K]>;
