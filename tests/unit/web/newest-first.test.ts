import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newestFirst, shortest } from "../../../src/web/live/newest-first.js";

const at = (day: number) => ({ committedAt: new Date(day * 86_400_000).toISOString() });
const reached = (days: readonly number[], hasMore: boolean) => ({ nodes: days.map(at), hasMore });
const daysOf = (nodes: readonly { committedAt: string }[]) =>
  nodes.map(({ committedAt }) => Date.parse(committedAt) / 86_400_000);

describe("several lists as one, newest first", () => {
  it("goes down to where each of them reaches, and no further", () => {
    const lists = [reached([9, 6, 3], true), reached([8, 7], true), reached([5, 1], false)];
    expect(daysOf(newestFirst(lists))).toEqual([9, 8, 7]);
    expect(shortest(lists)).toEqual([lists[1]]);
  });

  it("shows nothing before each has come, and all once each is at its end", () => {
    expect(newestFirst([reached([9], false), reached([], true)])).toEqual([]);
    const ended = [reached([9, 2], false), reached([5], false)];
    expect(daysOf(newestFirst(ended))).toEqual([9, 5, 2]);
    expect(shortest(ended)).toEqual([]);
  });

  it("comes to show each list's every commit, never one above a newer one, page by page", () => {
    const lists = fc.array(fc.array(fc.nat(40), { maxLength: 12 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(lists, fc.integer({ min: 1, max: 5 }), (drawn, page) => {
        const all = drawn.map((days) => [...days].sort((one, other) => other - one));
        const shown = all.map(() => 0);
        const reach = () =>
          all.map((days, index) => {
            const count = shown[index] ?? 0;
            return { index, ...reached(days.slice(0, count), count < days.length) };
          });
        let before: number[] = [];
        for (let short = shortest(reach()); short.length > 0; short = shortest(reach())) {
          for (const { index } of short) shown[index] = (shown[index] ?? 0) + page;
          const now = daysOf(newestFirst(reach()));
          expect(now.slice(0, before.length)).toEqual(before);
          before = now;
        }
        expect(before).toEqual(all.flat().sort((one, other) => other - one));
      }),
    );
  });
});
