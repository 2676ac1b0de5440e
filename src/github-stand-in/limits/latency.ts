import type { CannedName } from "../http/canned-answers.js";
import type { Random } from "../seeded-random.js";

/** So long, or anything between these, each as likely. */
export type Span = number | readonly [least: number, most: number];

/**
 * How long GitHub takes, as measured by others: reading a repository's row is cheap, reading its
 * git data is not, and after ten seconds the query is given up.
 */
export interface LatencyModel {
  /** Each request, whatever it asks for. Default 0. */
  readonly baseMs?: Span;
  /** Per repository in the answer. */
  readonly databaseMs: Span;
  /** Per repository whose git data was read, on top. */
  readonly gitMs: Span;
  /**
   * A hundred commits listed, or a thousand counted; fewer take their share. A request takes as long
   * as its commits or as all the rest, whichever is longer. Default 0.
   */
  readonly pageMs?: Span;
  /** Until the first byte of a pack. Default 0. */
  readonly packMs?: Span;
  /** Of a pack. Default: as many as there are. */
  readonly packBytesPerSecond?: number;
  /** Default 10,000. */
  readonly wallMs?: number;
  /** What is answered at the wall. Default `timeout-502-json`. */
  readonly wallAnswer?: CannedName;
  /** Points taken for a query given up, on top of its cost; GitHub names no number. Default 0. */
  readonly wallPoints?: number;
}

/** GitHub's own times, as far as anybody has published them. */
export const GITHUB_TIMES = {
  baseMs: [30, 80],
  databaseMs: [2, 5],
  gitMs: [50, 100],
  pageMs: [100, 1_000],
  packMs: [200, 600],
  packBytesPerSecond: 15_000_000,
} as const satisfies LatencyModel;

const WALL_MS = 10_000;
const COMMITS_A_PAGE = 100;
const COUNTED_A_PAGE = 1_000;

/** What a query read. */
export interface QueryWork {
  readonly repositories: number;
  readonly gitRepositories: number;
  readonly listedCommits: number;
  readonly countedCommits: number;
}

export interface Delay {
  readonly ms: number;
  readonly isOverWall: boolean;
}

/** How long GitHub would have taken for this work. */
export function planDelay(model: LatencyModel | null, work: QueryWork, random: Random): Delay {
  if (model === null) return { ms: 0, isOverWall: false };
  const { baseMs = 0, databaseMs, gitMs, pageMs = 0, wallMs = WALL_MS } = model;
  const reading =
    draw(baseMs, random) +
    sum(databaseMs, work.repositories, random) +
    sum(gitMs, work.gitRepositories, random);
  const pages = work.listedCommits / COMMITS_A_PAGE + work.countedCommits / COUNTED_A_PAGE;
  const ms = Math.max(reading, sum(pageMs, pages, random));
  return { ms: Math.min(ms, wallMs), isOverWall: ms > wallMs };
}

/** The same of a request of the git protocol: refs are read as heads are, and a pack is sent as it is made. */
export function planGitDelay(
  model: LatencyModel | null,
  operationName: string,
  random: Random,
): { readonly ms: number; readonly bytesPerSecond: number | null } {
  if (model === null) return { ms: 0, bytesPerSecond: null };
  const { baseMs = 0, gitMs, packMs = 0, packBytesPerSecond = null } = model;
  const isPack = operationName === "git fetch";
  const ms = draw(baseMs, random) + draw(isPack ? packMs : gitMs, random);
  return { ms, bytesPerSecond: isPack ? packBytesPerSecond : null };
}

/** So many draws; of the last, broken one its share. */
function sum(span: Span, times: number, random: Random): number {
  let total = 0;
  for (let left = times; left > 0; left -= 1) total += Math.min(1, left) * draw(span, random);
  return total;
}

function draw(span: Span, random: Random): number {
  if (typeof span === "number") return span;
  const [least, most] = span;
  return least + (most - least) * random();
}
