import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Commit, Oid } from "../../../src/domain/commit.js";
import { nextStep, planPage, positionAfter } from "../../../src/domain/walk.js";

const actor = { name: "a", email: "a@b", login: null, avatarUrl: null };
const at = (day: number) => new Date(Date.UTC(2020, 0, 1 + day));
const oidOf = (index: number) => index.toString(16).padStart(40, "0");

function commit(index: number, parents: readonly number[], day = index): Commit {
  return {
    oid: oidOf(index),
    parents: parents.map(oidOf),
    message: `commit ${index}`,
    author: actor,
    authoredAt: at(day),
    committer: actor,
    committedAt: at(day),
  };
}

/** Commit i has parents among those before it; dates are arbitrary. */
const graph = fc
  .array(fc.record({ parents: fc.array(fc.nat(), { maxLength: 3 }), day: fc.nat(60) }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((rows) =>
    rows.map(({ parents, day }, index) =>
      commit(index, index === 0 ? [] : [...new Set(parents.map((parent) => parent % index))], day),
    ),
  );

/** What git's walk does: newest date first among those reachable so far. */
function revList(all: readonly Commit[], head: Oid): Commit[] {
  const byOid = new Map(all.map((one) => [one.oid, one]));
  const seen = new Set([head]);
  const queue = [byOid.get(head)];
  const order: Commit[] = [];
  for (;;) {
    queue.sort((a, b) => (b?.committedAt.getTime() ?? 0) - (a?.committedAt.getTime() ?? 0));
    const next = queue.shift();
    if (next === undefined) return order;
    order.push(next);
    for (const parent of next.parents) {
      if (!seen.has(parent)) queue.push(byOid.get(parent));
      seen.add(parent);
    }
  }
}

/** Runs a walk to its end as the worker does; returns how many pages it took. */
function walkToEnd(all: readonly Commit[], stored: Map<Oid, Commit>, head: Oid, pageSize: number) {
  let walk = {
    frontier: stored.has(head) ? [] : [head],
    observedOid: head,
    walkOid: null as Oid | null,
    walkAfter: null as string | null,
  };
  let pages = 0;
  for (let step = nextStep(walk); step !== null; step = nextStep(walk)) {
    pages += 1;
    if (pages > 1_000) throw new Error("the walk does not end");
    const order = revList(all, step.oid);
    const start = step.after === null ? 0 : Number(step.after) + 1;
    const commits = order.slice(start, start + pageSize);
    const endCursor = String(start + commits.length - 1);
    const page = { commits, endCursor, hasNextPage: start + pageSize < order.length };
    const named = commits.flatMap(({ oid, parents }) => [oid, ...parents]);
    const known = new Set(named.filter((oid) => stored.has(oid)));
    const plan = planPage({ commits, frontier: walk.frontier, known, trackFrom: null });
    const position = positionAfter(walk, step, page, plan);
    for (const one of plan.insert) {
      expect(stored.has(one.oid)).toBe(false);
      stored.set(one.oid, one);
    }
    walk = {
      ...walk,
      frontier: [...plan.frontier],
      walkOid: position?.oid ?? null,
      walkAfter: position?.after ?? null,
    };
    // The closure invariant, after every page.
    for (const one of stored.values()) {
      for (const parent of one.parents) {
        expect(stored.has(parent) || walk.frontier.includes(parent)).toBe(true);
      }
    }
  }
  return pages;
}

describe("a walk over a history", () => {
  it("stores exactly what is reachable, each once, whatever the dates and the page size", () => {
    fc.assert(
      fc.property(graph, fc.integer({ min: 1, max: 7 }), fc.nat(), (all, pageSize, pick) => {
        const earlier = all[pick % all.length];
        const last = all[all.length - 1];
        if (earlier === undefined || last === undefined) return;
        const stored = new Map<Oid, Commit>();
        walkToEnd(all, stored, earlier.oid, pageSize);
        expect([...stored.keys()].sort()).toEqual(
          revList(all, earlier.oid)
            .map((c) => c.oid)
            .sort(),
        );
        walkToEnd(all, stored, last.oid, pageSize);
        const union = new Set(
          [...revList(all, earlier.oid), ...revList(all, last.oid)].map((c) => c.oid),
        );
        expect([...stored.keys()].sort()).toEqual([...union].sort());
      }),
      { numRuns: 300 },
    );
  });

  it("takes no more requests for a first history than its pages", () => {
    fc.assert(
      fc.property(graph, fc.integer({ min: 1, max: 7 }), (all, pageSize) => {
        const head = all[all.length - 1];
        if (head === undefined) return;
        const stored = new Map<Oid, Commit>();
        const pages = walkToEnd(all, stored, head.oid, pageSize);
        expect(pages).toBeLessThanOrEqual(Math.ceil(stored.size / pageSize));
      }),
      { numRuns: 300 },
    );
  });

  it("asks for a new head before it goes on with a long backfill", () => {
    const walk = { frontier: ["b", "h"], observedOid: "h", walkOid: "w", walkAfter: "w 99" };
    expect(nextStep(walk)).toEqual({ oid: "h", after: null });
    expect(nextStep({ ...walk, frontier: ["b"] })).toEqual({ oid: "w", after: "w 99" });
    expect(nextStep({ ...walk, frontier: ["b"], walkOid: null })).toEqual({
      oid: "b",
      after: null,
    });
    expect(nextStep({ ...walk, frontier: [] })).toBeNull();
  });

  it("keeps the place of a backfill while a push of a few commits is fetched", () => {
    const walk = { walkOid: "w", walkAfter: "w 99" };
    const pushed = commit(9, [8]);
    const page = { commits: [pushed, commit(8, [7])], endCursor: "h 1", hasNextPage: true };
    const plan = { insert: [pushed], frontier: ["open"], boundary: [] };
    expect(positionAfter(walk, { oid: "h", after: null }, page, plan)).toEqual({
      oid: "w",
      after: "w 99",
    });
  });

  it("stops at commits dated before the tracking start and does not walk through them", () => {
    const all = [commit(0, [], 50), commit(1, [0], 1), commit(2, [1], 10), commit(3, [2], 20)];
    const plan = planPage({
      commits: [...all].reverse(),
      frontier: [oidOf(3)],
      known: new Set(),
      trackFrom: at(5),
    });
    expect(plan.insert.map(({ oid }) => oid)).toEqual([oidOf(3), oidOf(2)]);
    expect(plan.frontier).toEqual([]);
    expect(plan.boundary).toEqual([oidOf(1)]);
  });

  it("leaves out commits that nothing stored leads to", () => {
    const plan = planPage({
      commits: [commit(5, [4]), commit(77, [76])],
      frontier: [oidOf(5)],
      known: new Set([oidOf(4)]),
      trackFrom: null,
    });
    expect(plan.insert.map(({ oid }) => oid)).toEqual([oidOf(5)]);
    expect(plan.frontier).toEqual([]);
  });
});
