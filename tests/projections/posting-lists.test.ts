import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PostingLists } from "../../src/projections/posting-lists.js";

const word = fc.oneof(fc.string({ maxLength: 2 }), fc.bigInt(0n, 5n));

describe("the places of words while a segment is put together", () => {
  it("are those that were added, each once and in order, of one word or of several together", () => {
    const stood = fc.array(fc.tuple(word, fc.nat(3)), { maxLength: 5_000, size: "max" });
    fc.assert(
      fc.property(stood, (steps) => {
        const lists = new PostingLists();
        const expected = new Map<string | bigint, Set<number>>();
        let place = 0;
        for (const [own, step] of steps) {
          place += step;
          lists.add(own, place);
          expected.set(own, (expected.get(own) ?? new Set()).add(place));
        }
        expect([...lists.words()].map((own) => lists.placesOf([own]))).toEqual(
          Array.from(expected.values(), (places) => [...places]),
        );
        expect([...lists.words()]).toEqual([...expected.keys()]);
        const [first, second] = [...expected.keys()];
        if (first === undefined || second === undefined) return;
        const both = [...(expected.get(first) ?? []), ...(expected.get(second) ?? [])];
        expect(lists.placesOf([first, second])).toEqual([...new Set(both)].sort((a, b) => a - b));
        expect(lists.placeCount).toBe(
          [...expected.values()].reduce((sum, own) => sum + own.size, 0),
        );
      }),
      { numRuns: 50 },
    );
  });
});
