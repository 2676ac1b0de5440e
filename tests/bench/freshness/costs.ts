/**
 * What GitHub charges (points) and takes (milliseconds) for a request, and how requests are filled.
 * Sources: github-api.md §0 and §1.2 for batch sizes, points and the 50-100 ms a git-backed field;
 * the time of a glance (database fields only) is published nowhere: 2-5 ms a repository is an assumption.
 */
export const costs = {
  requestMs: 150,
  glanceBatch: 100,
  glanceWaitMs: 2_000,
  glanceMsMin: 2,
  glanceMsMax: 5,
  lookBatch: 25,
  /** With its head and its newest commits. */
  lookMs: 100,
  /** Commits that a look brings along; a push of more needs a pull of its own. */
  lookCommits: 10,
  pullMs: 1_000,
  rotationMs: 3_600_000,
  rotationBatch: 50,
  rotationLookMs: 75,
  /** Pushes to other branches for each push to the default branch: they move `pushedAt` too. */
  otherPushes: 2,
} as const;

/** Points of a look at so many: a connection of commits each, with a connection of parents in every commit. */
export function lookPoints(count: number): number {
  return Math.max(1, Math.round((count * (1 + costs.lookCommits)) / 100));
}
