import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Commit, Oid } from "../../../src/domain/commit.js";
import { planPage } from "../../../src/domain/page-plan.js";
import type { Passed } from "../../../src/domain/passed.js";

const actor = { name: "a", email: "a@b", login: null, avatarUrl: null };
const at = (day: number) => new Date(Date.UTC(2020, 0, 1 + day));
const oidOf = (index: number) => index.toString(16).padStart(40, "0");
const START = at(50);

function commit(index: number, parents: readonly number[], day: number): Commit {
  const dates = { authoredAt: at(day), committedAt: at(day) };
  const people = { author: actor, committer: actor };
  return {
    ...{ oid: oidOf(index), parents: parents.map(oidOf), message: `${index}` },
    ...people,
    ...dates,
  };
}

/** Each has parents among those before it; any is dated before the start or after it. */
const graph = fc
  .array(fc.record({ parents: fc.array(fc.nat(), { maxLength: 2 }), day: fc.nat(100) }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((rows) =>
    rows.map(({ parents, day }, index) => {
      const earlier = parents.map((parent) => Math.max(0, index - 1 - (parent % 4)));
      return commit(index, index === 0 ? [] : [...new Set([index - 1, ...earlier])], day);
    }),
  );

/**
 * What belongs, by the rule as it is written: from what belongs already and the head, at most `slack`
 * commits in a row that are dated before the start lead to one that is dated after it.
 */
function tracked(all: readonly Commit[], head: Oid, slack: number): Set<Oid> {
  const byOid = new Map(all.map((one) => [one.oid, one]));
  const belongs = new Set<Oid>();
  for (let size = -1; size < belongs.size; ) {
    size = belongs.size;
    // Everything that is looked at, and by how many in a row.
    const runs = new Map<Oid, number>();
    const queue: [Oid, number][] = [[head, 0]];
    for (const [oid, before] of queue) {
      const one = byOid.get(oid);
      if (one === undefined) throw new Error("no such commit");
      const isOld = one.committedAt < START && !belongs.has(oid);
      const run = isOld ? before + 1 : 0;
      if ((runs.get(oid) ?? Number.POSITIVE_INFINITY) <= run) continue;
      runs.set(oid, run);
      if (run > slack) continue;
      for (const parent of one.parents) queue.push([parent, run]);
    }
    // All that leads, by what is looked at, to something later.
    const leads = (oid: Oid): boolean => {
      const one = byOid.get(oid);
      if (one === undefined || !runs.has(oid)) return false;
      if (one.committedAt >= START || belongs.has(oid)) return true;
      return one.parents.some((parent) => runs.has(parent) && leads(parent));
    };
    for (const oid of runs.keys()) if (leads(oid)) belongs.add(oid);
  }
  return belongs;
}

/** Walks as the worker does, the pages cut and ordered at random; what is passed in the end is beyond. */
function walkToEnd(all: readonly Commit[], head: Oid, slack: number, picks: readonly number[]) {
  const byOid = new Map(all.map((one) => [one.oid, one]));
  const stored = new Set<Oid>();
  const held = new Map<Oid, Commit>();
  let passed = new Map<Oid, Passed>();
  let frontier: readonly Oid[] = [head];
  let wanted: readonly Oid[] = [head];
  for (let round = 0; wanted.length > 0 || frontier.some((oid) => passed.get(oid)?.isAdmitted); ) {
    round += 1;
    if (round > 1_000) throw new Error("the walk does not end");
    const pick = picks[round % picks.length] ?? 0;
    const admitted = frontier.filter((oid) => passed.get(oid)?.isAdmitted);
    const commits: Commit[] = [];
    if (admitted.length > 0) commits.push(...admitted.flatMap((oid) => held.get(oid) ?? []));
    else {
      // From one that is wanted on, a few, in no order; and one that nobody has asked for.
      const queue = [wanted[pick % wanted.length] ?? head];
      for (const oid of queue) {
        if (commits.length > pick % 5) break;
        const one = byOid.get(oid);
        if (one === undefined || commits.includes(one)) continue;
        commits.push(one);
        queue.push(...one.parents);
      }
      const stray = all[pick % all.length];
      if (stray !== undefined && !commits.includes(stray)) commits.push(stray);
      if (pick % 2 === 0) commits.reverse();
    }
    const start = { from: START, slack, passed: [...passed.values()] };
    const plan = planPage({ commits, frontier, stored, beyond: new Set(), start });
    const next = new Map(passed);
    for (const { commit: told, ...one } of plan.passed) {
      next.set(one.oid, one);
      if (told !== null) held.set(one.oid, told);
    }
    for (const { oid } of plan.insert) {
      expect(stored.has(oid)).toBe(false);
      stored.add(oid);
      next.delete(oid);
    }
    passed = next;
    ({ frontier, wanted } = plan);
    expect(plan.hasAdmitted).toBe([...passed.values()].some(({ isAdmitted }) => isAdmitted));
    for (const oid of stored) {
      for (const parent of byOid.get(oid)?.parents ?? []) {
        expect(stored.has(parent) || frontier.includes(parent)).toBe(true);
      }
    }
  }
  return stored;
}

describe("a first history with a tracking start", () => {
  it("begins where so many in a row are dated before it, whatever the pages, their order and the dates", () => {
    fc.assert(
      fc.property(
        graph,
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.nat(1_000), { minLength: 1, maxLength: 30 }),
        (all, slack, picks) => {
          const head = all.at(-1)?.oid ?? "";
          const stored = walkToEnd(all, head, slack, picks);
          expect([...stored].sort()).toEqual([...tracked(all, head, slack)].sort());
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it.each([
    [100, true],
    [101, false],
  ])("with %i odd commits in a row goes on behind them: %s", (odd, goesOn) => {
    const all = [
      commit(0, [], 60),
      ...Array.from({ length: odd }, (_, index) => commit(index + 1, [index], index % 50)),
      commit(odd + 1, [odd], 70),
    ];
    const stored = walkToEnd(all, oidOf(odd + 1), 100, [4, 3, 1]);
    expect(stored.size).toBe(goesOn ? odd + 2 : 1);
  });
});

describe("an answer whose chains meet", () => {
  it("tells a commit twice, which is planned once, with a tracking start and without", () => {
    const root = commit(0, [], 60);
    const [one, other] = [commit(1, [0], 61), commit(2, [0], 62)];
    for (const start of [null, { from: START, slack: 100, passed: [] }]) {
      const { insert, frontier, newsCount } = planPage({
        commits: [other, root, one, root],
        frontier: [one.oid, other.oid],
        stored: new Set(),
        beyond: new Set(),
        start,
      });
      expect(insert).toEqual([other, root, one]);
      expect(frontier).toEqual([]);
      expect(newsCount).toBe(3);
    }
  });
});
