/** Name, e-mail and time as the commit object has them. */
export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly epochSeconds: number;
  /** Like `+0200`. */
  readonly zone: string;
}

export interface CommitObject {
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

/** Reads a commit object. Bytes that are not UTF-8 become U+FFFD; a header it does not know is skipped. */
export function parseCommitObject(oid: string, content: Buffer): CommitObject {
  const text = content.toString("utf8");
  const headerEnd = text.indexOf("\n\n");
  const header = headerEnd < 0 ? text : text.slice(0, headerEnd);
  const parents: string[] = [];
  let author = NOBODY;
  let committer = NOBODY;
  let isBehindParents = false;
  for (const [index, line] of header.split("\n").entries()) {
    const isParent = line.startsWith("parent ");
    isBehindParents ||= index > 0 && !isParent; // git reads parents behind the tree alone
    if (isParent && !isBehindParents) parents.push(line.slice(7));
    else if (line.startsWith("author ")) author = parseSignature(line.slice(7));
    else if (line.startsWith("committer ")) committer = parseSignature(line.slice(10));
  }
  const message = headerEnd < 0 ? "" : text.slice(headerEnd + 2).replace(/\n+$/, "");
  return { oid, parents, author, committer, message };
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
