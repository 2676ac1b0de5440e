import { isTrackerError } from "../domain/errors.js";

/** How much is asked for at once: found by trying, since GitHub does not say what it can carry. */
export interface BatchSize {
  current(): number;
  succeeded(asked: number): void;
  failed(asked: number): void;
  /** Whether GitHub has answered lately: then a failure at the smallest size is that item's own. */
  isAnswering(): boolean;
}

const SUCCESSES_TO_GROW = 3;
const GROWTH = 1.5;
const ANSWERING_MS = 60_000;

/** Halves with every failure, remembers, and grows back by half after three full batches in a row. */
export function createBatchSize(
  { min = 1, max }: { min?: number; max: number },
  now: () => number = Date.now,
): BatchSize {
  let size = max;
  let successes = 0;
  let answeredAt = Number.NEGATIVE_INFINITY;
  return {
    current: () => size,
    succeeded(asked) {
      answeredAt = now();
      if (asked < size || size === max) return;
      successes += 1;
      if (successes < SUCCESSES_TO_GROW) return;
      successes = 0;
      size = Math.min(max, Math.ceil(size * GROWTH));
    },
    failed(asked) {
      successes = 0;
      size = Math.max(min, Math.min(size, Math.floor(asked / 2)));
    },
    isAnswering: () => now() - answeredAt < ANSWERING_MS,
  };
}

/** Sizes of many things that GitHub carries differently well; only those that failed are remembered. */
export interface BatchSizes {
  of(key: number): BatchSize;
}

const REMEMBERED_MAX = 10_000;

export function createBatchSizes(bounds: { min?: number; max: number }): BatchSizes {
  const reduced = new Map<number, BatchSize>();
  const whole = createBatchSize(bounds);
  return {
    of(key) {
      const size = reduced.get(key) ?? createBatchSize(bounds);
      return {
        current: size.current,
        succeeded(asked) {
          whole.succeeded(asked);
          size.succeeded(asked);
          if (size.current() === bounds.max) reduced.delete(key);
        },
        failed(asked) {
          size.failed(asked);
          reduced.set(key, size);
          const [oldest] = reduced.keys();
          if (reduced.size > REMEMBERED_MAX && oldest !== undefined) reduced.delete(oldest);
        },
        isAnswering: whole.isAnswering,
      };
    },
  };
}

/** GitHub ran out of time or patience over a request, or seems to have: less may pass. */
export function isTooMuch(error: unknown): boolean {
  return (
    isTrackerError(error, "GITHUB_TIMEOUT") ||
    isTrackerError(error, "GITHUB_BAD_GATEWAY") ||
    isTrackerError(error, "GITHUB_RESOURCE_LIMITS")
  );
}
