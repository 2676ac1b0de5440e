/** An object id: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits. */
export type Oid = string;

/** Who wrote or committed. `login` and `avatarUrl` are null when no GitHub account has the e-mail. */
export interface Actor {
  readonly name: string;
  readonly email: string;
  readonly login: string | null;
  readonly avatarUrl: string | null;
}

/** A commit as GitHub tells it. Dates are display only: nothing is ever decided by them but `trackFrom`. */
export interface Commit {
  readonly oid: Oid;
  readonly parents: readonly Oid[];
  readonly message: string;
  readonly author: Actor;
  readonly authoredAt: Date;
  readonly committer: Actor;
  readonly committedAt: Date;
}

/** A commit as stored: where, and by which event it was announced. */
export interface StoredCommit extends Commit {
  /** `commitId` of it. */
  readonly id: string;
  readonly abbreviatedOid: string;
  /** The message's first line. */
  readonly messageHeadline: string;
  readonly repositoryId: number;
  readonly reachable: boolean;
  readonly orphanedAt: Date | null;
  readonly sequence: bigint;
  /** Place in its event, 0 first. */
  readonly position: number;
  readonly firstSeenAt: Date;
}

const ABBREVIATION_LENGTH = 7;

/** Names a commit of a repository among all that is stored. */
export function commitId(repositoryId: number, oid: Oid): string {
  return `${repositoryId}:${oid}`;
}

export function abbreviate(oid: Oid): string {
  return oid.slice(0, ABBREVIATION_LENGTH);
}
