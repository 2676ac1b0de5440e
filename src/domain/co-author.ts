import { trailersOf } from "./trailers.js";

/** Who else wrote a commit, as its message names them. */
export interface CoAuthor {
  readonly name: string;
  /** Empty where there is none. */
  readonly email: string;
}

/** Of one commit; a message may be made of nothing else. */
export const CO_AUTHORS_MAX = 100;

/** Of the trailers `Co-authored-by`, in their order. */
export function coAuthorsOf(message: string): CoAuthor[] {
  return trailersOf(message, "Co-authored-by")
    .filter((value) => value !== "")
    .slice(0, CO_AUTHORS_MAX)
    .map(toCoAuthor);
}

function toCoAuthor(value: string): CoAuthor {
  const [, name, email] = /^([^<]*)<([^>]*)>/.exec(value) ?? [];
  return { name: (name ?? value).trim(), email: (email ?? "").trim() };
}
