/** A commit as its object has it, not yet judged. Bytes that are not UTF-8 are U+FFFD here. */
export interface CommitObject {
  /** Behind the tree, and in a row: those that git itself reads. */
  readonly parents: readonly string[];
  /** What follows the name of the header; null where there is none. Of several the last. */
  readonly author: string | null;
  readonly committer: string | null;
  /** The names of all headers, in their order; continuations of a header are no header. */
  readonly headers: readonly string[];
  /** All that follows the empty line; null where there is none. */
  readonly message: string | null;
}

/** Takes a commit object apart: headers, an empty line, the message. */
export function readCommitObject(content: Buffer): CommitObject {
  const text = content.toString("utf8");
  const end = text.indexOf("\n\n");
  const parents: string[] = [];
  const headers: string[] = [];
  let author: string | null = null;
  let committer: string | null = null;
  let isBehindParents = false;
  for (const line of (end < 0 ? text : text.slice(0, end)).split("\n")) {
    if (line.startsWith(" ")) continue;
    const space = line.indexOf(" ");
    const name = space < 0 ? line : line.slice(0, space);
    const value = space < 0 ? "" : line.slice(space + 1);
    isBehindParents ||= headers.length > 0 && name !== "parent";
    if (name === "parent" && !isBehindParents) parents.push(value);
    else if (name === "author") author = value;
    else if (name === "committer") committer = value;
    headers.push(name);
  }
  return { parents, author, committer, headers, message: end < 0 ? null : text.slice(end + 2) };
}
