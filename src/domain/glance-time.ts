/** Until glances have shown it: a hundred repositories in half a second. */
const MS_ASSUMED = 5;
const MEMORY = 0.95;
/** A glance at fewer says more about the way to GitHub than about them. */
const REPOSITORIES_MIN = 10;

/** What a glance at one repository takes of GitHub's time lately; for `checksPerSecond`. */
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
      if (repositories < REPOSITORIES_MIN) return;
      ms = MEMORY * ms + (1 - MEMORY) * (tookMs / repositories);
    },
  };
}
