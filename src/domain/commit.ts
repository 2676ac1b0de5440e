import { globalId } from "./global-id.js";

/** An object id: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits. */
export type Oid = string;

/** Who wrote or committed. `login` and `avatarUrl` are null when no GitHub account has the e-mail. */
export interface Actor {
  readonly name: string;
  readonly email: string;
  readonly login: string | null;
  readonly avatarUrl: string | null;
}

/** The first and the last second that dates may have: the years that PostgreSQL and RFC 3339 both write. */
export const DATE_MIN = new Date("0001-01-01T00:00:00Z");
export const DATE_MAX = new Date("9999-12-31T23:59:59Z");

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
  /** `headlineOf` the message. */
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

/** Names a commit of a repository among all that has an id. */
export function commitId(repositoryId: number, oid: Oid): string {
  return globalId("Commit", `${repositoryId}:${oid}`);
}

/** What git takes for the white space at the end of a line. */
const LINE_END = /[ \t\r]+$/;

/**
 * A message's subject as `git log --format=%s` shows it: the lines of the first paragraph that is not
 * empty, each without the blanks at its end, in one.
 */
export function headlineOf(message: string): string {
  const lines: string[] = [];
  for (let start = 0; start <= message.length; ) {
    const found = message.indexOf("\n", start);
    const end = found < 0 ? message.length : found;
    const line = message.slice(start, end).replace(LINE_END, "");
    if (line === "" && lines.length > 0) break;
    if (line !== "") lines.push(line);
    start = end + 1;
  }
  return lines.join(" ");
}

/** A line with nothing but what git takes for white space. */
const BLANK_LINE = /^[ \t\r]*$/;

/** A message's body as `git log --format=%b` shows it: what follows its subject, without blank lines before it. */
export function bodyOf(message: string): string {
  let isSubjectOver = false;
  let isSubjectBegun = false;
  for (let start = 0; start < message.length; ) {
    const found = message.indexOf("\n", start);
    const end = found < 0 ? message.length : found;
    const isBlank = BLANK_LINE.test(message.slice(start, end));
    if (isSubjectOver && !isBlank) return message.slice(start);
    isSubjectBegun ||= !isBlank;
    isSubjectOver ||= isSubjectBegun && isBlank;
    start = end + 1;
  }
  return "";
}

export function abbreviate(oid: Oid): string {
  return oid.slice(0, ABBREVIATION_LENGTH);
}
