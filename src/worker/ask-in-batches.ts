import { isTrackerError } from "../domain/errors.js";
import { type BatchSize, isTooMuch } from "./batch-size.js";

/** More failures in a row are no matter of size. */
const FAILURES_MAX = 3;

export type Batch<Item, Answer> =
  | {
      readonly kind: "answered";
      readonly pairs: readonly (readonly [Item, Answer])[];
    }
  | {
      readonly kind: "failed";
      readonly items: readonly Item[];
      readonly error: unknown;
      /** Whether it is the one item's own failure, or the request's. */
      readonly about: "repository" | "request";
    };

/**
 * Asks about items in batches that are as large as GitHub carries: a batch that is too much is asked
 * for again in halves. Yields every item once, in order. `ask` answers in the order of its items.
 */
export async function* askInBatches<Item, Answer>(
  items: readonly Item[],
  size: BatchSize,
  ask: (batch: readonly Item[]) => Promise<readonly Answer[]>,
): AsyncGenerator<Batch<Item, Answer>, void, undefined> {
  let rest = items;
  let failures = 0;
  while (rest.length > 0) {
    const batch = rest.slice(0, size.current());
    try {
      const answers = await ask(batch);
      size.succeeded(batch.length);
      failures = 0;
      const pairs = batch.flatMap((item, index) => {
        const answer = answers[index];
        return answer === undefined ? [] : [[item, answer] as const];
      });
      yield { kind: "answered", pairs };
      rest = rest.slice(batch.length);
    } catch (error) {
      // An answer without data is how some of GitHub's timeouts look.
      const isSize = isTooMuch(error) || isTrackerError(error, "GITHUB_MALFORMED_ANSWER");
      if (!isSize) return yield { kind: "failed", items: rest, error, about: "request" };
      size.failed(batch.length);
      failures += 1;
      if (batch.length === 1 && size.isAnswering()) {
        yield { kind: "failed", items: batch, error, about: "repository" };
        rest = rest.slice(1);
      } else if (failures >= FAILURES_MAX) {
        return yield { kind: "failed", items: rest, error, about: "request" };
      }
    }
  }
}
