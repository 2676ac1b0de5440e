import { readCommitObject } from "../../git/commit-object.js";

/** Name, e-mail and time as the commit object has them. */
export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly epochSeconds: number;
  /** Like `+0200`. */
  readonly zone: string;
}

export interface StandInCommit {
  readonly oid: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  /** Without its last line ends. */
  readonly message: string;
}

/** Git keeps a time in 64 bits, and takes what is larger for none. */
const EPOCH_SECONDS_MAX = 2n ** 63n - 1n;
const CYCLE_YEARS = 400;
const CYCLE_SECONDS = 146_097 * 86_400; // after which the calendar repeats itself
const NOBODY: Signature = { name: "", email: "", epochSeconds: 0, zone: "+0000" };

/** Reads a commit object as GitHub does: whatever it is, it is a commit. */
export function parseCommitObject(oid: string, content: Buffer): StandInCommit {
  const { parents, author, committer, message } = readCommitObject(content);
  return {
    ...{ oid, parents },
    author: author === null ? NOBODY : parseSignature(author),
    committer: committer === null ? NOBODY : parseSignature(committer),
    message: (message ?? "").replace(/\n+$/, ""),
  };
}

/**
 * `Name <e-mail> 1700000000 +0100`, as git itself reads it (`split_ident_line`): old tools left parts out
 * or put brackets into names. Without a time and a zone it has no date.
 */
function parseSignature(line: string): Signature {
  const open = line.indexOf("<");
  const close = line.indexOf(">", open);
  if (open < 0 || close < 0) return NOBODY;
  const name = line.slice(0, open).replace(/[ \t\r\n]+$/, "");
  const email = line.slice(open + 1, close);
  const rest = line.slice(line.lastIndexOf(">") + 1);
  const [, seconds, zone] = /^[ \t\r]*(\d+)[ \t\r]*([+-]\d+)/.exec(rest) ?? [];
  const isDate = seconds !== undefined && BigInt(seconds) <= EPOCH_SECONDS_MAX;
  return {
    ...{ name, email },
    epochSeconds: isDate ? Number(seconds) : 0,
    zone: zone !== undefined && /^[+-]\d{4}$/.test(zone) ? zone : "+0000",
  };
}

/** GitHub's `DateTime`: UTC, whole seconds, a year of as many digits as it takes. */
export function toDateTime(epochMs: number): string {
  const seconds = Math.floor(epochMs / 1000);
  const cycles = Math.floor(seconds / CYCLE_SECONDS);
  const text = new Date((seconds - cycles * CYCLE_SECONDS) * 1000).toISOString();
  const year = Number(text.slice(0, 4)) + cycles * CYCLE_YEARS;
  return `${String(year).padStart(4, "0")}${text.slice(4, 19)}Z`;
}

/** GitHub's `GitTimestamp`: keeps the offset of whoever committed. */
export function toGitTimestamp({ epochSeconds, zone }: Signature): string {
  if (zone === "+0000" || zone === "-0000") return toDateTime(epochSeconds * 1000);
  const offsetMinutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3));
  const shiftMs = (zone.startsWith("-") ? -1 : 1) * offsetMinutes * 60_000;
  const local = toDateTime(epochSeconds * 1000 + shiftMs).slice(0, -1);
  return `${local}${zone.slice(0, 3)}:${zone.slice(3)}`;
}
