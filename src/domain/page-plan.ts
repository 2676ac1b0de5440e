import type { Commit, Oid } from "./commit.js";
import type { Passed } from "./passed.js";

/**
 * The closure invariant. For every stored commit and each of its parents: the parent is stored too,
 * or is on the frontier, or lies beyond the tracking start. Every page keeps it:
 *
 *     frontier' = (frontier ∪ parents(stored now)) \ (stored ∪ beyond)
 *
 * So the history is complete exactly when the frontier is empty, in whatever order pages come.
 */
export interface PagePlan {
  /** To be stored, in the page's order. */
  readonly insert: readonly Commit[];
  readonly frontier: readonly Oid[];
  /** What is to be asked for: the frontier without what has been passed, and what that still leads to. */
  readonly wanted: readonly Oid[];
  /** Commits of the page that nothing was known of. */
  readonly newsCount: number;
  /** New or changed, each with its commit where this page has it. */
  readonly passed: readonly (Passed & { readonly commit: Commit | null })[];
  /** Something passed is to be stored without being asked for. */
  readonly hasAdmitted: boolean;
}

export interface PageInput {
  readonly commits: readonly Commit[];
  readonly frontier: readonly Oid[];
  /** Of the page's commits and of their parents. */
  readonly stored: ReadonlySet<Oid>;
  /** Which of them are beyond the start. */
  readonly beyond: ReadonlySet<Oid>;
  /** Null where all of the history is tracked. */
  readonly start: PageStart | null;
}

export interface PageStart {
  /** Commits dated before it are passed; stored where they turn out to lead to a stored one. */
  readonly from: Date;
  /** So many in a row are passed, and the next is looked at. */
  readonly slack: number;
  /** All of the repository. */
  readonly passed: readonly Passed[];
}

type Step = readonly [oid: Oid, depth: number];

/**
 * Takes from a page what the frontier asks for. A commit that nothing asked for leads to is left out: it
 * lies beyond the start, or its child comes later and asks for it then.
 */
export function planPage({ commits, frontier, stored, beyond, start }: PageInput): PagePlan {
  const page = new Map(commits.map((commit) => [commit.oid, commit])); // chains may meet, and tell one twice
  const told = [...page.values()];
  const nodes = new Map((start?.passed ?? []).map((one) => [one.oid, one]));
  const insert = new Set<Oid>();
  const changed = new Set<Oid>();
  const isClosed = (oid: Oid) => stored.has(oid) || beyond.has(oid) || insert.has(oid);

  function pass(one: Passed): void {
    nodes.set(one.oid, one);
    changed.add(one.oid);
  }
  function store(commit: Commit): Step[] {
    insert.add(commit.oid);
    nodes.delete(commit.oid);
    return commit.parents.map((parent) => [parent, 1]);
  }
  /** What comes one step further back, when there is something new about this one. */
  function look([oid, depth]: Step): Step[] {
    if (isClosed(oid)) return [];
    const node = nodes.get(oid);
    const commit = page.get(oid);
    if (node?.parents == null) {
      if (commit === undefined) {
        // Directly on the frontier it needs no row of its own.
        const isNews = node === undefined ? depth > 1 : depth < node.depth;
        if (isNews) pass({ oid, parents: null, depth, isAdmitted: false });
        return [];
      }
      if (start === null || commit.committedAt >= start.from) return store(commit);
      pass({ oid, parents: commit.parents, depth, isAdmitted: false });
      return onward(commit.parents, depth);
    }
    if (node.isAdmitted) return commit === undefined ? [] : store(commit);
    if (depth >= node.depth) return [];
    pass({ ...node, depth });
    return onward(node.parents, depth);
  }
  const onward = (parents: readonly Oid[], depth: number): Step[] =>
    start === null || depth > start.slack ? [] : parents.map((parent) => [parent, depth + 1]);

  const open = [...nodes.values()].filter(({ parents }) => parents === null);
  let queue: Step[] = [
    ...frontier.map((oid): Step => [oid, 1]),
    ...open.map(({ oid, depth }): Step => [oid, depth]),
  ];
  while (queue.length > 0) {
    for (const step of queue) queue.push(...look(step)); // grows while it is gone through
    queue = [];
    for (const oid of leading(nodes, (parent) => stored.has(parent) || insert.has(parent))) {
      const [node, commit] = [nodes.get(oid), page.get(oid)];
      if (commit !== undefined) queue.push(...store(commit));
      else if (node !== undefined && !node.isAdmitted) pass({ ...node, isAdmitted: true });
    }
  }

  const parents = told.flatMap((commit) => (insert.has(commit.oid) ? commit.parents : []));
  const after = [...new Set([...frontier, ...parents])].filter((oid) => !isClosed(oid));
  const isPassed = (oid: Oid) => nodes.get(oid)?.parents != null;
  const behind = [...nodes.values()].filter(
    ({ parents, oid }) => parents === null && !isClosed(oid),
  );
  return {
    insert: told.filter(({ oid }) => insert.has(oid)),
    frontier: after,
    wanted: [
      ...new Set([...after.filter((oid) => !isPassed(oid)), ...behind.map(({ oid }) => oid)]),
    ],
    newsCount: told.filter(({ oid }) => insert.has(oid) || changed.has(oid)).length,
    passed: [...changed].flatMap((oid) => {
      const node = nodes.get(oid);
      return node === undefined ? [] : [{ ...node, commit: page.get(oid) ?? null }];
    }),
    hasAdmitted: [...nodes.values()].some(({ isAdmitted }) => isAdmitted),
  };
}

/** Of what has been passed, all that leads to something stored. */
function leading(nodes: ReadonlyMap<Oid, Passed>, isStored: (oid: Oid) => boolean): Oid[] {
  const children = new Map<Oid, Oid[]>();
  const found = new Set<Oid>();
  for (const { oid, parents, isAdmitted } of nodes.values()) {
    for (const parent of parents ?? []) {
      const others = children.get(parent);
      if (others === undefined) children.set(parent, [oid]);
      else others.push(oid);
    }
    if (isAdmitted || parents?.some(isStored)) found.add(oid);
  }
  for (const oid of found) for (const child of children.get(oid) ?? []) found.add(child);
  return [...found];
}
