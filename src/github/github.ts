import type { Commit, Oid } from "../domain/commit.js";
import type { TrackerError } from "../domain/errors.js";
import type { Purpose } from "../domain/rate-account.js";
import type { Chain } from "../domain/walk.js";

/** By node id once it is known (ids survive renames and transfers), by name until then. */
export type RepositoryRef =
  | { readonly nodeId: string }
  | { readonly owner: string; readonly name: string };

/** What GitHub tells cheaply. */
export interface RemoteFacts {
  readonly nodeId: string;
  readonly databaseId: number | null;
  readonly owner: string;
  readonly name: string;
  readonly isArchived: boolean;
  readonly isPrivate: boolean;
  /** Of the last push to any branch, or to what a fork has proposed: moves more often than the head. */
  readonly pushedAt: Date | null;
}

export interface RemoteRepository extends RemoteFacts {
  /** Null for an empty repository. */
  readonly defaultBranch: { readonly name: string; readonly headOid: Oid } | null;
}

/** What GitHub said about one repository; a failure of one never touches the others of its batch. */
export type Sighting<Seen> =
  | { readonly kind: "found"; readonly repository: Seen }
  | { readonly kind: "failed"; readonly error: TrackerError };
export type LookUp = Sighting<RemoteRepository>;
export type Glance = Sighting<RemoteFacts>;

export interface HistoryRequest {
  readonly nodeId: string;
  /** Where the walk starts: an object id, never a branch name, which may move between pages. */
  readonly oid: Oid;
  /** Cursor of an earlier page of the same walk; null for the first. */
  readonly after: string | null;
  /** 1 to 100. */
  readonly first: number;
  /**
   * Whether to count all of the history as well, for no point more. GitHub walks all of it: slow where
   * it is long, and it may run out of time over the page with it.
   */
  readonly isCounted?: boolean;
}

/** A commit that belongs into an answer and is not in it, or not so that it could be taken. */
export interface OddCommit {
  /** Null where not even that is told: it is a parent of another one then. */
  readonly oid: Oid | null;
  /** Why; of a commit that GitHub does not have, `GITHUB_NOT_FOUND` with `details.missingOid`. */
  readonly error: TrackerError;
}

/** What is good of an answer, each commit with all of its parents, and what is not, both in its order. */
export interface CommitsTold {
  readonly commits: readonly Commit[];
  readonly odd: readonly OddCommit[];
}

/** Commits in GitHub's order: the start first, then as `git rev-list` walks. */
export interface HistoryPage extends CommitsTold {
  /** Of the whole history from the start, whichever page this is; null where it was not asked for or told. */
  readonly totalCount: number | null;
  readonly endCursor: string | null;
  readonly hasNextPage: boolean;
}

/** At most 100 commits in all. */
export interface FirstParentsRequest {
  readonly nodeId: string;
  readonly chains: readonly Chain[];
  /**
   * Whether to leave out whose accounts authors and committers have: what GitHub tells of a commit whose
   * accounts it fails over. Logins and pictures are null then.
   */
  readonly isOfGitAlone?: boolean;
}

/** Of one repository, by their ids. */
export interface CommitsWanted {
  readonly nodeId: string;
  readonly oids: readonly Oid[];
}

export interface CommitCountRequest {
  readonly nodeId: string;
  readonly oid: Oid;
}

export interface OwnerPageRequest {
  readonly login: string;
  readonly includeForks: boolean;
  readonly includeArchived: boolean;
  /** Cursor of an earlier page of the same list; null for the first. */
  readonly after: string | null;
  /** 1 to 100. */
  readonly first: number;
}

export interface OwnedRepository {
  readonly nodeId: string;
  readonly databaseId: number | null;
  readonly owner: string;
  readonly name: string;
  readonly isFork: boolean;
  readonly isArchived: boolean;
  readonly isPrivate: boolean;
  /** What it takes on GitHub's disks; null where it does not tell. */
  readonly diskKiB: number | null;
}

/** Repositories in the order in which they were made. */
export interface OwnerPage {
  /** As GitHub writes it. */
  readonly login: string;
  /** On all pages. */
  readonly totalCount: number;
  readonly repositories: readonly OwnedRepository[];
  /** Of this page, those that GitHub counts and does not show. */
  readonly hiddenCount: number;
  readonly endCursor: string | null;
  readonly hasNextPage: boolean;
}

export interface CallOptions {
  readonly signal: AbortSignal;
  /** What the points are spent on; a metric label. */
  readonly purpose: Purpose;
  /** Told how long GitHub took over its answer, without the wait for leave to ask and the way there. */
  readonly onTook?: (tookMs: number) => void;
}

/**
 * PORT. The questions this system asks GitHub. One method call is one HTTP request, and one more for
 * each hundred parents of a commit beyond its first.
 *
 * Rejects with a `TrackerError` whose code starts with `GITHUB_`, after no retry of its own, or with
 * `DATABASE_UNAVAILABLE` when the budgets cannot be read.
 * Never asks while GitHub said to wait, to this process or another: rejects with
 * `GITHUB_RATE_LIMITED` instead.
 * Aborting the signal rejects with the signal's reason.
 */
export interface GitHub {
  /** What is cheap to tell of 1 to 100 repositories; answers in the order of `refs`. */
  glance(refs: readonly RepositoryRef[], options: CallOptions): Promise<Glance[]>;
  /** Heads and flags of 1 to 100 repositories; answers in the order of `refs`. */
  lookUp(refs: readonly RepositoryRef[], options: CallOptions): Promise<LookUp[]>;
  /**
   * One page of a walk. What is wrong with one commit leaves that one out and names it; a login or a
   * picture that fails is null. `GITHUB_NOT_FOUND` when the repository or the start is gone, with
   * `details.missingOid` for the start.
   */
  history(request: HistoryRequest, options: CallOptions): Promise<HistoryPage>;
  /**
   * Commits along first parents, chain after chain, each from its start on and shorter where it comes
   * to a root; chains that meet repeat commits. What is wrong with one commit leaves that one out and
   * names it, a start that GitHub does not have too; what comes behind it in its chain is told where it
   * can be. `GITHUB_NOT_FOUND` when the repository is gone.
   */
  firstParents(request: FirstParentsRequest, options: CallOptions): Promise<CommitsTold>;
  /**
   * At most 100 commits in all, of whichever repositories; of each repository what is told of it, in the
   * order of `wanted`. What is wrong with one commit, or with one repository, leaves that out and names it.
   * Of an account over which GitHub fails both login and picture are null; everybody else has a picture.
   */
  commits(wanted: readonly CommitsWanted[], options: CallOptions): Promise<CommitsTold[]>;
  /**
   * One page of the repositories that a user or an organisation owns. `GITHUB_NOT_FOUND` when there
   * is no such owner.
   */
  ownedRepositories(request: OwnerPageRequest, options: CallOptions): Promise<OwnerPage>;
  /** How many commits the history from there has. GitHub walks all of it: slow where it is long. */
  commitCount(request: CommitCountRequest, options: CallOptions): Promise<number>;
}
