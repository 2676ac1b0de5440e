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

/** One page to ask for. */
export interface WalkStep {
  readonly oid: Oid;
  readonly after: string | null;
}

/**
 * The next page of a walk, null when the history is complete: the newest head first, so that a push
 * never waits behind a long backfill; then where the walk left off; then any open parent.
 */
export function nextStep(
  walk: Pick<Walk, "frontier" | "observedOid" | "walkOid" | "walkAfter">,
): WalkStep | null {
  const [open] = walk.frontier;
  if (open === undefined) return null;
  if (walk.observedOid !== null && walk.frontier.includes(walk.observedOid)) {
    return { oid: walk.observedOid, after: null };
  }
  return walk.walkOid === null
    ? { oid: open, after: null }
    : { oid: walk.walkOid, after: walk.walkAfter };
}

/**
 * Where to go on after a page. As long as pages are all new the walk goes on behind them; once it
 * meets what is known, going on from the open parents spares paging through years of it.
 */
export function positionAfter(
  walk: Pick<Walk, "walkOid" | "walkAfter">,
  step: WalkStep,
  page: { readonly commits: readonly Commit[]; endCursor: string | null; hasNextPage: boolean },
  plan: PagePlan,
): WalkStep | null {
  if (plan.frontier.length === 0) return null;
  const allNew = plan.insert.length === page.commits.length;
  if (allNew && page.hasNextPage && page.endCursor !== null) {
    return { oid: step.oid, after: page.endCursor };
  }
  const left = walk.walkOid === null ? null : { oid: walk.walkOid, after: walk.walkAfter };
  const wasThatWalk = left?.oid === step.oid && left.after === step.after;
  return wasThatWalk ? null : left;
}
