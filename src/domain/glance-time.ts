/** Until glances have shown it: a hundred repositories in half a second. */
const MS_ASSUMED = 5;
const MEMORY = 0.95;
/** A glance at fewer says more about the way to GitHub than about them: that they take no longer. */
const REPOSITORIES_MIN = 10;

/**
 * What a glance at one repository takes of GitHub's time lately; for `checksPerSecond`.
 * It rises by glances at many alone, and falls by any: where all have become small, because GitHub was slow
 * or repositories are few, a bad hour does not last.
 */
export interface GlanceTime {
  perRepositoryMs(): number;
  /** A glance at so many took so long, without the wait before it. */
  observe(repositories: number, tookMs: number): void;
}

export function createGlanceTime(): GlanceTime {
  let ms = MS_ASSUMED;
  return {
    perRepositoryMs: () => ms,
    observe(repositories, tookMs) {
      const eachMs = tookMs / repositories;
      if (repositories < REPOSITORIES_MIN && !(eachMs < ms)) return;
      ms = MEMORY * ms + (1 - MEMORY) * eachMs;
    },
  };
}
