import type { Choice } from "../domain/history-transport.js";
import type { GitHistories, PageSize } from "../git/git-histories.js";
import type { AskCommits } from "./ask-commits.js";

/** What histories come in by beside GitHub's API. */
export interface HistoriesByGit extends Choice {
  readonly git: GitHistories;
  readonly ask: AskCommits;
  /** Of all processes together. */
  readonly transfersMax: number;
  /** Absent: `PAGE_SIZE`. */
  readonly pageSize?: PageSize;
  /** How long one task goes on; absent: as long as its broker lets it, and some. */
  readonly taskMsMax?: number;
  /** How long a gap may take to arrive, a push being behind it; absent: a minute. */
  readonly gapArrivalMsMax?: number;
  /** This process itself cannot before then, in milliseconds since 1970. */
  awayUntilMs: number;
}
