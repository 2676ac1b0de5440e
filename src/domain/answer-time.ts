/** A question about fewer says more about the way to GitHub than about them: that they take no longer. */
const REPOSITORIES_MIN = 10;

/** Until answers have shown it: a hundred glances in half a second, fifty heads in as much. */
export const GLANCE_TIME: AnswerTimeOptions = { assumedMs: 5, memory: 0.95 };
/** Looks are fewer, and cost many times as much. */
export const LOOK_TIME: AnswerTimeOptions = { assumedMs: 10, memory: 0.7 };

export interface AnswerTimeOptions {
  readonly assumedMs: number;
  /** What an estimate keeps of itself with each answer. */
  readonly memory: number;
}

/**
 * What an answer about one repository takes of GitHub's time lately.
 * It rises by questions about many alone, and falls by any: where all have become small, because GitHub was
 * slow or repositories are few, a bad hour does not last.
 */
export interface AnswerTime {
  perRepositoryMs(): number;
  /** An answer about so many took so long, without the wait before it. */
  observe(repositories: number, tookMs: number): void;
}

export function createAnswerTime({ assumedMs, memory }: AnswerTimeOptions): AnswerTime {
  let ms = assumedMs;
  return {
    perRepositoryMs: () => ms,
    observe(repositories, tookMs) {
      const eachMs = tookMs / repositories;
      if (repositories < REPOSITORIES_MIN && !(eachMs < ms)) return;
      ms = memory * ms + (1 - memory) * eachMs;
    },
  };
}
