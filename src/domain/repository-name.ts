import { TrackerError } from "./errors.js";

export interface RepositoryName {
  readonly owner: string;
  readonly name: string;
}

const URL_LENGTH_MAX = 500; // GitHub's longest is about 160
/** Logins: letters, digits, inner hyphens; enterprise-managed ones add `_shortcode`. */
const OWNER = /^[a-z\d](?:[a-z\d_-]{0,98}[a-z\d_])?$/i;
const NAME = /^(?!\.{1,2}$)[\w.-]{1,100}$/;
const ACCEPTED =
  "`url` must name a repository on %HOST%, like https://%HOST%/owner/name, git@%HOST%:owner/name.git or owner/name";

/**
 * Owner and name from the spellings people paste: `https://HOST/o/n`, with or without `.git` and a
 * trailing slash, `http://`, `ssh://git@HOST/o/n`, `git@HOST:o/n.git`, `HOST/o/n` and `o/n`.
 * `BAD_USER_INPUT` naming `url` for anything else. The letter case is kept as given.
 */
export function parseRepositoryUrl(url: string, host = "github.com"): RepositoryName {
  const refuse = (why: string) =>
    new TrackerError("BAD_USER_INPUT", `${ACCEPTED.replaceAll("%HOST%", host)}; ${why}.`, {
      field: "url",
    });
  if (url.length > URL_LENGTH_MAX) throw refuse(`this one has ${url.length} characters`);
  const text = url.trim();
  if (text === "") throw refuse("it is empty");

  const escaped = host.replaceAll(".", "\\.");
  const prefix = new RegExp(
    `^(?:https?://(?:www\\.)?${escaped}/|ssh://git@${escaped}/|git@${escaped}:|(?:www\\.)?${escaped}/)`,
    "i",
  );
  const path = text.replace(prefix, "");
  if (path === text && /^[a-z+]+:\/\/|^[^/]*@/i.test(text)) throw refuse("this is another address");
  const [owner = "", name = "", ...rest] = path.replace(/\/$/, "").split("/");
  const bare = name.replace(/\.git$/i, "");
  if (rest.length > 0) throw refuse("there is more than an owner and a name in it");
  if (!OWNER.test(owner) || !NAME.test(bare)) throw refuse("this is not an owner and a name");
  return { owner, name: bare };
}

/** A user's or an organisation's login, also as `@login`. `BAD_USER_INPUT` naming `login` for anything else. */
export function parseLogin(login: string): string {
  const text = login.trim().replace(/^@/, "");
  if (OWNER.test(text)) return text;
  throw new TrackerError(
    "BAD_USER_INPUT",
    "`login` must be the name of a user or an organisation, like `octocat`.",
    { field: "login" },
  );
}

/** What a name is found by: GitHub compares names without regard to letter case. */
export function nameKey({ owner, name }: RepositoryName): string {
  return `${owner}/${name}`.toLowerCase();
}
