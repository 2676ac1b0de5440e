import type { Oid } from "./commit.js";
import type { PagePlan } from "./page-plan.js";
import type { Walk } from "./repository.js";
import { attempted, isOfGitAlone, isResting } from "./untold.js";

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
export type RequestStep =
  | ({ readonly kind: "history" } & Position)
  | {
      readonly kind: "chains";
      readonly chains: readonly Chain[];
      /** Without what GitHub knows of accounts: for what it does not tell as a whole. */
      readonly isOfGitAlone?: boolean;
    };

/** What git lists of a history from a head: none of the API's requests. */
export interface GitStep {
  readonly kind: "git";
  readonly oid: Oid;
}

/** Where a page of commits comes from. */
export type PageStep = RequestStep | GitStep;

/** `admit`: store what has been passed and belongs; `decide`: whether what is left of it does. */
export type WalkStep = RequestStep | { readonly kind: "admit" } | { readonly kind: "decide" };

type Place = Pick<
  Walk,
  | "frontier"
  | "wanted"
  | "hasAdmitted"
  | "undecidedCount"
  | "untold"
  | "observedOid"
  | "walkOid"
  | "walkAfter"
>;

/**
 * The next step of a walk, null when all is stored that GitHub tells: the newest head first, so that a
 * push never waits behind a long backfill; then where the walk left off; then the open parents
 * themselves, all of them in one request; then what GitHub did not tell before, when it is due.
 */
export function nextStep(walk: Place, pageSize: number): WalkStep | null {
  if (walk.frontier.length === 0) return null;
  if (walk.observedOid !== null && walk.wanted.includes(walk.observedOid)) {
    return { kind: "history", oid: walk.observedOid, after: null };
  }
  if (walk.hasAdmitted) return { kind: "admit" };
  if (walk.wanted.length === 0) return nextUntold(walk, pageSize);
  const left = positionOf(walk);
  return left === null
    ? { kind: "chains", chains: shareOut(walk.wanted, pageSize) }
    : { kind: "history", ...left };
}

function nextUntold({ untold, undecidedCount }: Place, pageSize: number): WalkStep | null {
  const due = untold.filter((one) => one.attempts > 0 && one.isDue);
  const [first] = due;
  if (first === undefined) return undecidedCount > 0 ? { kind: "decide" } : null;
  const isAlone = isOfGitAlone(first.attempts);
  const alike = due.filter(({ attempts }) => isOfGitAlone(attempts) === isAlone);
  const chains = shareOut(
    alike.map(({ oid }) => oid),
    pageSize,
  );
  return { kind: "chains", chains, isOfGitAlone: isAlone };
}

/** Whether nothing is missing but what GitHub did not tell, be it asked for again soon. */
export function isAllTold({ frontier, untold }: Pick<Walk, "frontier" | "untold">): boolean {
  const named = attempted(untold);
  return frontier.every((oid) => named.has(oid));
}

/** Whether all is stored of a frontier that GitHub tells; what it does not tell is left alone for now. */
export function isWalked(frontier: readonly Oid[], { untold }: Pick<Walk, "untold">): boolean {
  if (frontier.length === 0) return true;
  const resting = new Set(untold.filter(isResting).map(({ oid }) => oid));
  return frontier.every((oid) => resting.has(oid));
}

/**
 * A page's worth of commits over the open parents, as evenly as it goes. First parents lead along a
 * branch to where it forked, however often the main line was merged into it, where a history ordered
 * by date would list the main line first.
 */
export function shareOut(open: readonly Oid[], pageSize: number): Chain[] {
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
  walk: Pick<Walk, "walkOid" | "walkAfter" | "observedOid">,
  step: PageStep,
  page: {
    readonly commits: readonly unknown[];
    readonly endCursor: string | null;
    readonly hasNextPage: boolean;
  },
  plan: Pick<PagePlan, "wanted" | "newsCount">,
): Position | null {
  if (plan.wanted.length === 0) return null;
  if (step.kind === "git") {
    return positionAmong(plan.wanted, walk.observedOid, step.oid);
  }
  const left = positionOf(walk);
  if (step.kind === "chains") return left;
  const isOwn = left === null || (left.oid === step.oid && left.after === step.after);
  const newsMin = isOwn ? page.commits.length / 2 : page.commits.length;
  if (plan.newsCount >= newsMin && page.hasNextPage && page.endCursor !== null) {
    return { oid: step.oid, after: page.endCursor };
  }
  return isOwn ? null : left;
}

/**
 * Where to go on by the API after a page that is none of its own: what one open parent leads to is most of
 * what is left. Null when nothing is.
 */
export function positionAmong(
  wanted: readonly Oid[],
  observedOid: Oid | null,
  otherwise: Oid | null,
): Position | null {
  if (wanted.length === 0) return null;
  const oid = wanted.find((one) => one !== observedOid) ?? otherwise;
  return oid === null ? null : { oid, after: null };
}

export function positionOf({ walkOid, walkAfter }: Pick<Walk, "walkOid" | "walkAfter">) {
  return walkOid === null ? null : { oid: walkOid, after: walkAfter };
}
