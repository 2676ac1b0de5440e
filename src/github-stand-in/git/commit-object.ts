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

const EPOCH_SECONDS_MAX = 253_402_300_799; // 9999-12-31, where four-digit years end
const NOBODY: Signature = { name: "", email: "", epochSeconds: 0, zone: "+0000" };

/** Reads a commit object. Bytes that are not UTF-8 become U+FFFD; a header it does not know is skipped. */
export function parseCommitObject(oid: string, content: Buffer): CommitObject {
  const text = content.toString("utf8");
  const headerEnd = text.indexOf("\n\n");
  const header = headerEnd < 0 ? text : text.slice(0, headerEnd);
  const parents: string[] = [];
  let author = NOBODY;
  let committer = NOBODY;
  for (const line of header.split("\n")) {
    if (line.startsWith("parent ")) parents.push(line.slice(7));
    else if (line.startsWith("author ")) author = parseSignature(line.slice(7));
    else if (line.startsWith("committer ")) committer = parseSignature(line.slice(10));
  }
  const message = headerEnd < 0 ? "" : text.slice(headerEnd + 2).replace(/\n+$/, "");
  return { oid, parents, author, committer, message };
}

/** `Name <e-mail> 1700000000 +0100`; old tools left parts out or put brackets into names. */
function parseSignature(line: string): Signature {
  const open = line.indexOf("<");
  const close = line.lastIndexOf(">");
  if (open < 0 || close < open) return { ...NOBODY, name: line.trim() };
  const [seconds = "", zone = ""] = line
    .slice(close + 1)
    .trim()
    .split(" ");
  const epochSeconds = Number(seconds);
  const isDate = /^\d+$/.test(seconds) && epochSeconds <= EPOCH_SECONDS_MAX;
  return {
    name: line.slice(0, open).trim(),
    email: line.slice(open + 1, close),
    epochSeconds: isDate ? epochSeconds : 0,
    zone: /^[+-]\d{4}$/.test(zone) ? zone : "+0000",
  };
}

/** GitHub's `DateTime`: UTC, whole seconds. */
export function toDateTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** GitHub's `GitTimestamp`: keeps the offset of whoever committed. */
export function toGitTimestamp({ epochSeconds, zone }: Signature): string {
  if (zone === "+0000" || zone === "-0000") return toDateTime(epochSeconds * 1000);
  const offsetMinutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3));
  const shiftMs = (zone.startsWith("-") ? -1 : 1) * offsetMinutes * 60_000;
  const local = toDateTime(epochSeconds * 1000 + shiftMs).slice(0, -1);
  return `${local}${zone.slice(0, 3)}:${zone.slice(3)}`;
}
