import type { Commit, Oid } from "./commit.js";
import type { Walk } from "./repository.js";

/**
 * The closure invariant. For every stored commit and each of its parents: the parent is stored too,
 * or is on the frontier, or lies beyond the tracking start. Every page keeps it:
 *
 *     frontier' = (frontier ∪ parents(stored now)) \ stored
 *
 * So the history is complete exactly when the frontier is empty, in whatever order pages come.
 */
export interface PagePlan {
  /** To be stored, in the page's order. */
  readonly insert: readonly Commit[];
  readonly frontier: readonly Oid[];
  /** Wanted, but dated before the tracking start: remembered, not stored, not walked through. */
  readonly boundary: readonly Oid[];
}

export interface PageInput {
  readonly commits: readonly Commit[];
  readonly frontier: readonly Oid[];
  /** Which of the page's commits and of their parents are stored, or beyond the boundary, already. */
  readonly known: ReadonlySet<Oid>;
  /** Commits dated before it are the boundary: neither stored nor walked through. */
  readonly trackFrom: Date | null;
}

/**
 * Takes from a page what the frontier asks for. A commit that no stored commit leads to is left
 * out: it lies behind the boundary, or its child comes later and puts it on the frontier then.
 */
export function planPage({ commits, frontier, known, trackFrom }: PageInput): PagePlan {
  const open = new Set(frontier);
  const done = new Set<Oid>();
  const insert: Commit[] = [];
  const boundary: Oid[] = [];
  for (const commit of commits) {
    if (!open.delete(commit.oid) || known.has(commit.oid)) continue;
    done.add(commit.oid);
    if (trackFrom !== null && commit.committedAt < trackFrom) {
      boundary.push(commit.oid);
      continue;
    }
    insert.push(commit);
    for (const parent of commit.parents) {
      if (!known.has(parent) && !done.has(parent)) open.add(parent);
    }
  }
  return { insert, frontier: [...open], boundary };
}

/** A start, and how many commits of its chain of first parents are asked for, the start included. */
export interface Chain {
  readonly oid: Oid;
  readonly length: number;
}

/** Where a history is being paged through: its start, and GitHub's cursor after the last page. */
export interface Position {
  readonly oid: Oid;
  readonly after: string | null;
}

/** One request: a page of a history, or chains of first parents from several starts. */
export type WalkStep =
  | ({ readonly kind: "history" } & Position)
  | { readonly kind: "chains"; readonly chains: readonly Chain[] };

type Place = Pick<Walk, "frontier" | "observedOid" | "walkOid" | "walkAfter">;

/**
 * The next request of a walk, null when the history is complete: the newest head first, so that a
 * push never waits behind a long backfill; then where the walk left off; then the open parents
 * themselves, all of them in one request.
 */
export function nextStep(walk: Place, pageSize: number): WalkStep | null {
  if (walk.frontier.length === 0) return null;
  if (walk.observedOid !== null && walk.frontier.includes(walk.observedOid)) {
    return { kind: "history", oid: walk.observedOid, after: null };
  }
  const left = positionOf(walk);
  return left === null
    ? { kind: "chains", chains: shareOut(walk.frontier, pageSize) }
    : { kind: "history", ...left };
}

/**
 * A page's worth of commits over the open parents, as evenly as it goes. First parents lead along a
 * branch to where it forked, however often the main line was merged into it, where a history ordered
 * by date would list the main line first.
 */
function shareOut(open: readonly Oid[], pageSize: number): Chain[] {
  const starts = open.slice(0, pageSize);
  const share = Math.floor(pageSize / starts.length);
  const left = pageSize % starts.length;
  return starts.map((oid, index) => ({ oid, length: share + (index < left ? 1 : 0) }));
}

/**
 * Where to go on after a page. As long as at least half of a page is new the walk goes on behind it;
 * once it is among what is known, going on from the open parents spares paging through years of it.
 * A walk that was under way keeps its place unless the page had nothing but news.
 */
export function positionAfter(
  walk: Pick<Walk, "walkOid" | "walkAfter">,
  step: WalkStep,
  page: {
    readonly commits: readonly unknown[];
    readonly endCursor: string | null;
    readonly hasNextPage: boolean;
  },
  plan: PagePlan,
): Position | null {
  if (plan.frontier.length === 0) return null;
  const left = positionOf(walk);
  if (step.kind === "chains") return left;
  const isOwn = left === null || (left.oid === step.oid && left.after === step.after);
  const newsMin = isOwn ? page.commits.length / 2 : page.commits.length;
  if (plan.insert.length >= newsMin && page.hasNextPage && page.endCursor !== null) {
    return { oid: step.oid, after: page.endCursor };
  }
  return isOwn ? null : left;
}

export function positionOf({ walkOid, walkAfter }: Pick<Walk, "walkOid" | "walkAfter">) {
  return walkOid === null ? null : { oid: walkOid, after: walkAfter };
}
