/** What can be due; explained in `prisma/schema.prisma`. Each has a queue of its own of that name. */
export const WORK_KINDS = ["check", "pull", "backfill", "verify", "listing"] as const;
export type WorkKind = (typeof WORK_KINDS)[number];

/** Fetching what a repository's frontier misses: what was pushed, or a first history. */
export const WALK_KINDS = ["pull", "backfill"] as const satisfies WorkKind[];
export type WalkKind = (typeof WALK_KINDS)[number];

/** What can be due of a repository. */
export const REPOSITORY_WORK = ["check", ...WALK_KINDS, "verify"] as const satisfies WorkKind[];

/** Why work is due when it is; explained in `prisma/schema.prisma`. */
export const WORK_REASONS = ["ADDED", "RATE", "WATCHED", "REQUESTED", "WALK", "RETRY"] as const;
export type WorkReason = (typeof WORK_REASONS)[number];

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** What is locked by others is tried again after so long. */
export const BUSY_MS = 3 * SECOND_MS;

/**
 * A page has been paid for: it waits so long for what others have locked. Whoever has something locked
 * that a page may come to want, and waits for the page, waits longer.
 */
export const PAGE_LOCK_MS = 10 * SECOND_MS;

/** As many repositories added at once are checked at once; more take their turns beside others' checks. */
export const FIRST_CHECKS_AT_ONCE = 20;
/** First checks in a batch: each looks at a head, which takes GitHub many times as long as a glance. */
export const FIRST_CHECKS_A_TURN = 16;

/** Who asks for work publishes its task at once: when a scheduler finds the row, should that be lost. */
export const REQUEST_LEASE_MS = 15 * SECOND_MS;

/**
 * How long a claim lasts: of work whose task waits in its queue, and of work that a worker has in hand,
 * from its last sign of life on. Whoever is silent for longer has lost it, and it is due again.
 */
export const LEASES: Readonly<
  Record<WorkKind, { readonly publishedMs: number; readonly heldMs: number }>
> = {
  check: { publishedMs: MINUTE_MS, heldMs: MINUTE_MS },
  pull: { publishedMs: MINUTE_MS, heldMs: MINUTE_MS },
  backfill: { publishedMs: MINUTE_MS, heldMs: MINUTE_MS },
  // Walking the stored history of a million commits takes its time before the first sign of life.
  verify: { publishedMs: 2 * MINUTE_MS, heldMs: 6 * MINUTE_MS },
  listing: { publishedMs: MINUTE_MS, heldMs: MINUTE_MS },
};
