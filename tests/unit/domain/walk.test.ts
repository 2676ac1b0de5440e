import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Commit, Oid } from "../../../src/domain/commit.js";
import { planPage } from "../../../src/domain/page-plan.js";
import { nextStep, positionAfter, type RequestStep } from "../../../src/domain/walk.js";

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

/** The answer to one request, as GitHub gives it. */
function answer(all: readonly Commit[], step: RequestStep, pageSize: number) {
  if (step.kind === "chains") {
    const byOid = new Map(all.map((one) => [one.oid, one]));
    const commits = step.chains.flatMap(({ oid, length }) => {
      const chain: Commit[] = [];
      let next = byOid.get(oid);
      while (next !== undefined && chain.length < length) {
        chain.push(next);
        next = byOid.get(next.parents[0] ?? "");
      }
      return chain;
    });
    return { commits, endCursor: null, hasNextPage: false };
  }
  const order = revList(all, step.oid);
  const start = step.after === null ? 0 : Number(step.after) + 1;
  const commits = order.slice(start, start + pageSize);
  const endCursor = String(start + commits.length - 1);
  return { commits, endCursor, hasNextPage: start + pageSize < order.length };
}

/** Runs a walk to its end as the worker does; returns how many requests it took. */
function walkToEnd(all: readonly Commit[], stored: Map<Oid, Commit>, head: Oid, pageSize: number) {
  let walk = {
    frontier: stored.has(head) ? [] : [head],
    wanted: stored.has(head) ? [] : [head],
    ...{ hasAdmitted: false, undecidedCount: 0, untold: [] },
    observedOid: head,
    walkOid: null as Oid | null,
    walkAfter: null as string | null,
  };
  let requests = 0;
  for (let step = nextStep(walk, pageSize); step !== null; step = nextStep(walk, pageSize)) {
    if (step.kind === "admit" || step.kind === "decide") throw new Error("nothing is passed here");
    requests += 1;
    if (requests > 1_000) throw new Error("the walk does not end");
    const page = answer(all, step, pageSize);
    expect(page.commits.length).toBeLessThanOrEqual(pageSize);
    const { commits } = page;
    const named = commits.flatMap(({ oid, parents }) => [oid, ...parents]);
    const known = new Set(named.filter((oid) => stored.has(oid)));
    const { frontier } = walk;
    const plan = planPage({ commits, frontier, stored: known, beyond: new Set(), start: null });
    const position = positionAfter(walk, step, page, plan);
    for (const one of plan.insert) {
      expect(stored.has(one.oid)).toBe(false);
      stored.set(one.oid, one);
    }
    walk = {
      ...walk,
      frontier: [...plan.frontier],
      wanted: [...plan.wanted],
      walkOid: position?.oid ?? null,
      walkAfter: position?.after ?? null,
    };
    // The closure invariant, after every page.
    if (all.length > 1_000) continue;
    for (const one of stored.values()) {
      for (const parent of one.parents) {
        expect(stored.has(parent) || walk.frontier.includes(parent)).toBe(true);
      }
    }
  }
  return requests;
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

  it("takes no more requests for a first history than it has pages", () => {
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

  /** A main line of days 0 to 999, all stored, and what a push brings on top of it. */
  function pushOnto(build: (add: (parents: readonly number[], day: number) => number) => void) {
    const all = Array.from({ length: 1_000 }, (_, day) => commit(day, day === 0 ? [] : [day - 1]));
    const stored = new Map(all.map((one) => [one.oid, one]));
    build((parents, day) => all.push(commit(all.length, parents, day)) - 1);
    const pushed = all.length - stored.size;
    const requests = walkToEnd(all, stored, all.at(-1)?.oid ?? "", 100);
    expect(stored.size).toBe(all.length);
    return { requests, pushed };
  }

  /** A branch from `fork` on, its dates running from there; returns its tip. */
  const branch = (
    add: (parents: readonly number[], day: number) => number,
    {
      fork,
      length,
      mergesMainEvery = 0,
    }: { fork: number; length: number; mergesMainEvery?: number },
  ) => {
    let tip = fork;
    for (let step = 1; step <= length; step += 1) {
      const day = fork + ((999 - fork) * step) / (length + 1);
      const merges = mergesMainEvery > 0 && step % mergesMainEvery === 0;
      tip = add(merges ? [tip, Math.floor(day)] : [tip], day + 0.5);
    }
    return tip;
  };

  it.each<[string, Parameters<typeof pushOnto>[0]]>([
    ["one commit", (add) => add([999], 1_000)],
    ["250 commits in a row", (add) => branch(add, { fork: 999, length: 250 })],
    [
      "a branch that forked years ago",
      (add) => add([999, branch(add, { fork: 10, length: 150 })], 1_000),
    ],
    [
      "a branch that forked years ago and merged the main line all the time",
      (add) => add([999, branch(add, { fork: 10, length: 190, mergesMainEvery: 5 })], 1_000),
    ],
    [
      "forty branches of one to three commits, merged one after another",
      (add) => {
        let tip = 999;
        for (let index = 0; index < 40; index += 1) {
          const side = branch(add, { fork: index * 20, length: 1 + (index % 3) });
          tip = add([tip, side], 1_000 + index);
        }
      },
    ],
    [
      "an octopus of twenty old branches, one of them long",
      (add) => {
        const tips = Array.from({ length: 20 }, (_, index) =>
          branch(add, { fork: index * 40, length: index === 7 ? 70 : 1 }),
        );
        add([999, ...tips], 1_000);
      },
    ],
    [
      "an old branch that had merged old branches of its own",
      (add) => {
        let tip = 50;
        for (let index = 0; index < 12; index += 1) {
          const side = branch(add, { fork: index * 30, length: 5 });
          tip = add([tip, side], 60 + index);
        }
        add([999, tip], 1_000);
      },
    ],
    [
      "commits that all carry a date of 1970",
      (add) => {
        let tip = 999;
        for (let index = 0; index < 120; index += 1) tip = add([tip], -18_000);
      },
    ],
  ])("takes at most 2⌈k/100⌉ + 1 requests for a push of %s", (_name, build) => {
    const { requests, pushed } = pushOnto(build);
    expect(requests).toBeLessThanOrEqual(2 * Math.ceil(pushed / 100) + 1);
  });

  it("takes no more than that for merges of branches of any age and length", () => {
    const side = fc.record({ fork: fc.nat(990), length: fc.integer({ min: 1, max: 60 }) });
    fc.assert(
      fc.property(fc.array(side, { minLength: 1, maxLength: 12 }), fc.nat(9), (sides, every) => {
        const { requests, pushed } = pushOnto((add) => {
          let tip = 999;
          for (const [index, one] of sides.entries()) {
            const top = branch(add, { ...one, mergesMainEvery: every });
            tip = add([tip, top], 1_000 + index);
          }
        });
        expect(requests).toBeLessThanOrEqual(2 * Math.ceil(pushed / 100) + 1);
      }),
      { numRuns: 100 },
    );
  });

  it("asks for a new head before it goes on with a long backfill, then for all open parents at once", () => {
    const place = { observedOid: "h", walkOid: "w", walkAfter: "w 99", hasAdmitted: false };
    const nothing = { undecidedCount: 0, untold: [] };
    const next = (frontier: readonly string[], rest = {}) =>
      nextStep({ ...place, ...nothing, frontier, wanted: frontier, ...rest }, 100);
    expect(next(["b", "h"])).toEqual({ kind: "history", oid: "h", after: null });
    expect(next(["b"])).toEqual({ kind: "history", oid: "w", after: "w 99" });
    expect(next(["b", "c", "d"], { walkOid: null })).toEqual({
      kind: "chains",
      chains: [
        { oid: "b", length: 34 },
        { oid: "c", length: 33 },
        { oid: "d", length: 33 },
      ],
    });
    // What was passed: it is stored, and decided, when nothing newer is waited for.
    expect(next(["b", "h"], { hasAdmitted: true })).toMatchObject({ kind: "history" });
    expect(next(["b"], { hasAdmitted: true })).toEqual({ kind: "admit" });
    expect(next(["b"], { wanted: [], undecidedCount: 1 })).toEqual({ kind: "decide" });
    expect(next([])).toBeNull();
  });

  it("asks last for what was not told, as a whole and then without accounts, each while it is due", () => {
    const place = { observedOid: "h", walkOid: null, walkAfter: null, hasAdmitted: false };
    const untold = [
      { oid: "a", attempts: 1, isDue: true },
      { oid: "b", attempts: 2, isDue: true },
      { oid: "c", attempts: 3, isDue: true },
      { oid: "d", attempts: 5, isDue: false },
    ];
    const next = (left: typeof untold, wanted: readonly string[] = []) =>
      nextStep(
        {
          ...{ ...place, untold: left, undecidedCount: 0, wanted },
          frontier: [...left.map(({ oid }) => oid), ...wanted],
        },
        4,
      );
    const chain = (oid: string, length: number) => ({ oid, length });
    expect(next(untold, ["w"])).toEqual({ kind: "chains", chains: [chain("w", 4)] });
    expect(next(untold)).toEqual({
      ...{ kind: "chains", isOfGitAlone: false },
      chains: [chain("a", 2), chain("c", 2)],
    });
    expect(next(untold.slice(1))).toEqual({
      ...{ kind: "chains", isOfGitAlone: true },
      chains: [chain("b", 4)],
    });
    expect(next(untold.slice(3))).toBeNull();
  });

  it("never asks for more than a page at once, however many parents are open", () => {
    const frontier = Array.from({ length: 250 }, (_, index) => oidOf(index));
    const walk = {
      ...{ frontier, wanted: frontier, hasAdmitted: false, undecidedCount: 0, untold: [] },
      ...{ observedOid: null, walkOid: null, walkAfter: null },
    };
    const step = nextStep(walk, 100);
    const lengths = step?.kind === "chains" ? step.chains.map(({ length }) => length) : [];
    expect(lengths).toEqual(Array.from({ length: 100 }, () => 1));
  });

  it("keeps the place of a backfill while a push of a few commits is fetched", () => {
    const walk = { walkOid: "w", walkAfter: "w 99", observedOid: "h" };
    const pushed = commit(9, [8]);
    const page = { commits: [pushed, commit(8, [7])], endCursor: "h 1", hasNextPage: true };
    const plan = { wanted: ["open"], newsCount: 1 };
    const left = { oid: "w", after: "w 99" };
    expect(positionAfter(walk, { kind: "history", oid: "h", after: null }, page, plan)).toEqual(
      left,
    );
    expect(positionAfter(walk, { kind: "chains", chains: [] }, page, plan)).toEqual(left);
  });

  it("goes on after a page of git's from what is open, and not from what was pushed meanwhile", () => {
    const walk = { walkOid: null, walkAfter: null, observedOid: "pushed" };
    const page = { commits: [commit(9, [8])], endCursor: null, hasNextPage: true };
    const placeAfter = (...wanted: string[]) =>
      positionAfter(walk, { kind: "git", oid: "h" }, page, { wanted, newsCount: 1 });
    expect(placeAfter("pushed", "open", "other")).toEqual({ oid: "open", after: null });
    // A first history that has begun is told from one that has not.
    expect(placeAfter("pushed")).toEqual({ oid: "h", after: null });
    expect(placeAfter()).toBeNull();
  });

  it("leaves out commits that nothing stored leads to", () => {
    const plan = planPage({
      commits: [commit(5, [4]), commit(77, [76])],
      frontier: [oidOf(5)],
      stored: new Set([oidOf(4)]),
      beyond: new Set(),
      start: null,
    });
    expect(plan.insert.map(({ oid }) => oid)).toEqual([oidOf(5)]);
    expect(plan.frontier).toEqual([]);
  });
});
