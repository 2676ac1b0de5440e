import type { Actor, Commit, Oid } from "../domain/commit.js";

/** Whoever wrote or committed, as far as git knows: accounts are GitHub's. */
export type GitActor = Pick<Actor, "name" | "email">;

/** A commit as git has it, with the very values that GitHub's API would tell of it. */
export interface GitCommit extends Omit<Commit, "author" | "committer"> {
  readonly author: GitActor;
  readonly committer: GitActor;
}

/** A commit of which git does not say for certain what GitHub's API would: to be asked of the API by its id. */
export interface OddInGit {
  readonly oid: Oid;
  /** For the log, such as `its author has no date`. */
  readonly why: string;
  /** How many of the page's `commits` come before it. */
  readonly place: number;
}

/** What comes next of a history. */
export interface GitPage {
  readonly commits: readonly GitCommit[];
  readonly odd: readonly OddInGit[];
}

/** A name on GitHub, now or formerly. */
export interface RepositoryName {
  readonly owner: string;
  readonly name: string;
}

export interface HistoryWanted extends RepositoryName {
  /** Where the history starts: an object id, never a branch name, which may move meanwhile. */
  readonly oid: Oid;
  /** Commits that are known with all that lies behind them, at most a hundred: left out, and so is that. */
  readonly have?: readonly Oid[];
}

/** So much of it at a time, whichever is reached first; one commit at least. */
export interface PageSize {
  readonly commits: number;
  /** Of what git holds of them. */
  readonly bytes: number;
}

/** A history that has arrived as a whole. To be closed, whatever becomes of it. */
export interface GitHistory {
  /** How many commits it has: exact. */
  readonly count: number;
  /** That came over the wire. */
  readonly bytes: number;
  /**
   * Every commit once, in the order of `git rev-list`, which is GitHub's: the start first, and each
   * after one of its children at least. To be read once, by one reader; whoever stops reading closes it.
   */
  pages(size: PageSize): AsyncIterable<GitPage>;
  /** Ends git's processes, waits for them and removes what was written. A second time changes nothing. */
  close(): Promise<void>;
}

export interface HistoryOptions {
  /** Ends whatever is under way, reading included, with its reason; nothing is left behind. */
  readonly signal: AbortSignal;
  /** Told how much has come so far, now and then while it comes. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * PORT. Histories by the git protocol: one request each, which costs no points.
 *
 * - Every failure is a `TrackerError` with the code `GIT_FAILED`, whose `details.reason` is one of
 *   `GitFailureReason`; nothing is tried again here. Aborting rejects with the signal's reason.
 * - What is told is right: an answer that is cut, changed on its way or other than asked for fails, while it
 *   is opened or while it is read.
 * - Bytes, time, disk and memory of each are bounded, and every process is waited for. How many are open at
 *   once is the caller's business.
 * - Whoever was told to wait by GitHub asks nothing of it until then, whichever repository it is about.
 */
export interface GitHistories {
  open(wanted: HistoryWanted, options: HistoryOptions): Promise<GitHistory>;
}
