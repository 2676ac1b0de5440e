import type { Walk } from "./repository.js";

/** How histories come in: by GitHub's API, by the git protocol, or by whichever is better. */
export const HISTORY_TRANSPORTS = ["auto", "api", "git"] as const;
export type HistoryTransport = (typeof HISTORY_TRANSPORTS)[number];

/**
 * Pages of the API after which what is left is fetched by git, where nobody knows how much that is: of a
 * gap, of what lies behind a tracking start, after a reset. By then it is worth the transfer
 * (docs/decisions/0021).
 */
const PAGES_BEFORE_GIT = 5;

export interface Choice {
  readonly transport: HistoryTransport;
  /** Absent: `PAGES_BEFORE_GIT`. */
  readonly pagesBefore?: number;
}

/**
 * How many pages of the API come before git is asked for what is left: none for a history of which nothing
 * is stored, or that is being fetched already; be it small, it costs no points by git.
 */
export function pagesBeforeGit(
  { transport, pagesBefore = PAGES_BEFORE_GIT }: Choice,
  {
    headOid,
    trackFrom,
    commitCount,
    walkOid,
  }: Pick<Walk, "headOid" | "trackFrom" | "commitCount" | "walkOid">,
): number {
  if (transport === "api") return Number.POSITIVE_INFINITY;
  if (headOid !== null) return pagesBefore;
  const isAllWanted = trackFrom === null && (commitCount === 0 || walkOid !== null);
  return isAllWanted || transport === "git" ? 0 : pagesBefore;
}

/** What lies behind a tracking start is looked at by the API, before too much of it is passed. */
export function isForTheApi(
  { isStartFound, undecidedCount }: Pick<Walk, "isStartFound" | "undecidedCount">,
  patience: number,
): boolean {
  return isStartFound && undecidedCount >= patience;
}
