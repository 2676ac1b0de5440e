import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PostingLists } from "../../src/projections/posting-lists.js";

const word = fc.oneof(fc.string({ maxLength: 2 }), fc.bigInt(0n, 1n << 63n));

/** Many to one, and beyond what a double tells apart. */
const hashOf = (own: string | bigint) =>
  typeof own === "bigint" ? own : (1n << 62n) + BigInt(own.length);

describe("the places of words while a segment is put together", () => {
  it("are those that were added, each once and in order, by the order of hashes, same ones together", () => {
    const stood = fc.array(fc.tuple(word, fc.nat(3)), { maxLength: 5_000, size: "max" });
    fc.assert(
      fc.property(stood, (steps) => {
        const lists = new PostingLists();
        const expected = new Map<bigint, Set<number>>();
        let place = 0;
        for (const [own, step] of steps) {
          place += step;
          lists.add(own, place);
          const hash = hashOf(own);
          expected.set(hash, (expected.get(hash) ?? new Set()).add(place));
        }
        const inOrder = [...expected].sort(([a], [b]) => (a < b ? -1 : 1));
        expect([...lists.byHash(hashOf)]).toEqual(
          inOrder.map(([hash, places]) => [hash, [...places]]),
        );
        expect(lists.wordCount).toBe(new Set(steps.map(([own]) => own)).size);
      }),
      { numRuns: 50 },
    );
  });
});
