import type { CannedName } from "../http/canned-answers.js";

/**
 * How long GitHub takes, as measured by others: reading a repository's row is cheap, reading its
 * git data is not, and after ten seconds the query is given up.
 */
export interface LatencyModel {
  /** Per repository in the answer. */
  readonly databaseMs: number;
  /** Per repository whose git data was read, on top. */
  readonly gitMs: number;
  /** Default 10,000. */
  readonly wallMs?: number;
  /** What is answered at the wall. Default `timeout-502-json`. */
  readonly wallAnswer?: CannedName;
  /** Points taken for a query given up, on top of its cost; GitHub names no number. Default 0. */
  readonly wallPoints?: number;
}

const WALL_MS = 10_000;

export interface Delay {
  readonly ms: number;
  readonly isOverWall: boolean;
}

export function planDelay(
  model: LatencyModel | null,
  work: { readonly repositories: number; readonly gitRepositories: number },
): Delay {
  if (model === null) return { ms: 0, isOverWall: false };
  const { databaseMs, gitMs, wallMs = WALL_MS } = model;
  const ms = work.repositories * databaseMs + work.gitRepositories * gitMs;
  return { ms: Math.min(ms, wallMs), isOverWall: ms > wallMs };
}
