import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TrackerError } from "../../../src/domain/errors.js";
import { askInBatches } from "../../../src/worker/ask-in-batches.js";
import { createBatchSize } from "../../../src/worker/batch-size.js";

const timeout = () => new TrackerError("GITHUB_TIMEOUT", "too slow");

/** Runs to the end: what was answered, what failed about what, and the sizes that were asked for. */
async function run(
  items: readonly number[],
  size: ReturnType<typeof createBatchSize>,
  carries: (batch: readonly number[]) => boolean,
  error: () => Error = timeout,
) {
  const answered: number[] = [];
  const failed: { items: readonly number[]; about: string }[] = [];
  const sizes: number[] = [];
  const ask = async (batch: readonly number[]) => {
    sizes.push(batch.length);
    if (!carries(batch)) throw error();
    return batch.map((item) => item * 10);
  };
  for await (const batch of askInBatches(items, size, ask)) {
    if (batch.kind === "failed") failed.push({ items: batch.items, about: batch.about });
    else {
      for (const [item, answer] of batch.pairs) {
        expect(answer).toBe(item * 10);
        answered.push(item);
      }
    }
  }
  return { answered, failed, sizes };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe("asking in batches", () => {
  it("halves what is too much and remembers the smaller size", async () => {
    const size = createBatchSize({ max: 100 });
    const first = await run(upTo(100), size, (batch) => batch.length <= 30);
    expect(first.sizes).toEqual([100, 50, 25, 25, 25, 25]);
    expect(first.answered).toEqual(upTo(100));
    expect(size.current()).toBeLessThanOrEqual(38);
  });

  it("grows back slowly once GitHub carries more again", async () => {
    const size = createBatchSize({ max: 100 });
    size.failed(100);
    size.failed(50);
    const { sizes } = await run(upTo(1_000), size, () => true);
    expect(sizes.slice(0, 8)).toEqual([25, 25, 25, 38, 38, 38, 57, 57]);
    expect(size.current()).toBe(100);
  });

  it("finds the one item that GitHub cannot answer, while it answers about others", async () => {
    const size = createBatchSize({ max: 8 });
    await run(upTo(8), size, () => true);
    const rounds: number[] = [];
    let rest = upTo(20);
    while (rest.length > 0) {
      const { answered, failed } = await run(rest, size, (batch) => !batch.includes(7));
      const own = failed.filter(({ about }) => about === "repository").flatMap((one) => one.items);
      rounds.push(...own);
      rest = rest.filter((item) => !answered.includes(item) && !own.includes(item));
    }
    expect(rounds).toEqual([7]);
  });

  it("gives up after three failures in a row, and blames nobody while nothing is answered", async () => {
    const { sizes, failed } = await run(upTo(40), createBatchSize({ max: 40 }), () => false);
    expect(sizes).toEqual([40, 20, 10]);
    expect(failed).toEqual([{ items: upTo(40), about: "request" }]);
  });

  it("does not ask for less after a failure that is no matter of size", async () => {
    const limited = () => new TrackerError("GITHUB_RATE_LIMITED", "wait");
    const size = createBatchSize({ max: 40 });
    const { sizes, failed } = await run(upTo(40), size, () => false, limited);
    expect(sizes).toEqual([40]);
    expect(failed).toEqual([{ items: upTo(40), about: "request" }]);
    expect(size.current()).toBe(40);
  });

  it("tells of every item once, in order, whatever fails when", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.array(fc.boolean()), async (count, fates) => {
        let turn = 0;
        const carries = () => fates[turn++] ?? true;
        const { answered, failed } = await run(upTo(count), createBatchSize({ max: 16 }), carries);
        const told = [...answered, ...failed.flatMap(({ items }) => items)];
        expect([...told].sort((a, b) => a - b)).toEqual(upTo(count));
      }),
    );
  });
});
