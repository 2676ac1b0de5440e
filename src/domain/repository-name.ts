import { type Address, parseAddress } from "./address.js";
import { TrackerError } from "./errors.js";
import { accountOf, isGitHubPage } from "./github-pages.js";

export interface RepositoryName {
  readonly owner: string;
  readonly name: string;
}

const URL_LENGTH_MAX = 2_000; // browsers' addresses of files and comparisons are long
/**
 * Logins: letters, digits, hyphens, which old accounts have at an end too; enterprise-managed ones add
 * `_shortcode`.
 */
const OWNER = /^[a-z\d_-]{1,100}$/i;
const NAME = /^(?!\.{1,2}$)[\w.-]{1,100}$/;
const SCHEMES = /^(?:https?|ssh|git|git\+(?:https?|ssh|git)|ssh\+git)$/;
const ACCEPTED =
  "`url` must name a repository on %HOST%, like https://%HOST%/owner/name, git@%HOST%:owner/name.git or owner/name";

/**
 * Owner and name from an address as people have it: from git's remotes with whatever user and
 * password, from a browser with whatever page of the repository, from package.json, `HOST/o/n` and
 * `o/n`. `BAD_USER_INPUT` naming `url` for anything else, saying why and never repeating it. The letter
 * case is kept as given.
 */
export function parseRepositoryUrl(url: string, host = "github.com"): RepositoryName {
  const refuse = (why: string) =>
    new TrackerError("BAD_USER_INPUT", `${ACCEPTED.replaceAll("%HOST%", host)}; ${why}.`, {
      field: "url",
    });
  if (url.length > URL_LENGTH_MAX) throw refuse(`this one has ${url.length} characters`);
  if (url.trim() === "") throw refuse("it is empty");
  const address = parseAddress(url);
  if (address === null) throw refuse("this is no address");
  const path = pathAtGitHub(address, host);
  if (path === "elsewhere") throw refuse("this is another address");
  if (path === "gist") throw refuse("gists cannot be tracked");

  const [owner = "", named = "", ...rest] = path;
  if (owner === "") throw refuse("there is no repository in it");
  const isShort = address.host === null; // `o/n` is typed, and no page's path
  if (named === "" || (isGitHubPage(owner) && !isShort)) throw refuse(whatItIs(path));
  if (rest.length > 0 && isShort) throw refuse("there is more than an owner and a name in it");
  const name = named.replace(/@.*$/, "").replace(/(?:\.wiki)?\.git$/i, "");
  if (!isRepositoryName({ owner, name })) throw refuse("this is not an owner and a name");
  return { owner, name };
}

/** A page of GitHub's own, or an account without a repository: where it is an account, what to do instead. */
function whatItIs(path: readonly string[]): string {
  const account = accountOf(path)?.replace(/^@/, "");
  if (account !== undefined && OWNER.test(account)) {
    return `this is an owner: addOwner(login: "${account}"), or \`tracker add-owner\`, tracks all that it has`;
  }
  return isGitHubPage(path[0] ?? "")
    ? "this is a page of GitHub's own"
    : "this is not an owner and a name";
}

/** A user's or an organisation's login, also as `@login` or as the address of its page. `BAD_USER_INPUT` naming `login` for anything else. */
export function parseLogin(login: string, host = "github.com"): string {
  const address = login.length > URL_LENGTH_MAX ? null : parseAddress(login);
  const path = address === null ? "elsewhere" : pathAtGitHub(address, host);
  if (typeof path !== "string") {
    const account = accountOf(path)?.replace(/^@/, "");
    const isWhole = path.length === 1 || path[0] !== account;
    if (account !== undefined && OWNER.test(account) && isWhole) return account;
  }
  throw new TrackerError(
    "BAD_USER_INPUT",
    "`login` must be the name of a user or an organisation, like `octocat`.",
    { field: "login" },
  );
}

/** The path as it would be on the web; else what is there instead. */
function pathAtGitHub(address: Address, tracked: string): readonly string[] | "elsewhere" | "gist" {
  const { scheme, host, path } = address;
  if (scheme !== null && !SCHEMES.test(scheme)) return "elsewhere";
  if (host === null) return path;
  const [web = "", webPort = ""] = tracked.toLowerCase().split(":");
  const isPublic = web === "github.com";
  if (host === `gist.${web}` || (isPublic && host === "gist.githubusercontent.com")) return "gist";
  if (host === `api.${web}` || host === `uploads.${web}`) return pathOfApi(path);
  const others = isPublic ? ["raw.githubusercontent.com", "github.dev"] : [];
  if (["www", "raw", "codeload"].some((name) => host === `${name}.${web}`)) return path;
  if (others.includes(host)) return path;
  const isSsh = scheme === null || /ssh/.test(scheme);
  if (isSsh && isHostForSsh(host, web)) return path;
  if (host !== web || !isPortOf(address, webPort)) return "elsewhere";
  const [first = "", ...rest] = path;
  if (/^(?:raw|codeload)$/i.test(first)) return rest; // of an Enterprise Server without subdomains
  if (first.toLowerCase() === "gist") return "gist";
  return /^api$/i.test(first) ? pathOfApi(rest) : path;
}

/** The host itself or another by which ssh reaches it; `github.com-work` is one of `~/.ssh/config`. */
function isHostForSsh(host: string, web: string): boolean {
  return (
    host === `ssh.${web}` || (host.startsWith(`${web}-`) && !host.slice(web.length).includes("."))
  );
}

/** Behind another port of the same machine is another server; git's and ssh's are anybody's choice. */
function isPortOf({ scheme, port }: Address, webPort: string): boolean {
  if (scheme !== null && !/https?$/.test(scheme)) return true;
  return ["", "80", "443", "22", webPort].includes(port);
}

/** Of `repos/o/n`, `users/o` and `orgs/o`, with whatever follows; anything else is GitHub's own. */
function pathOfApi(path: readonly string[]): readonly string[] {
  const [first = "", ...rest] = /^v\d$/.test(path[0] ?? "") ? path.slice(1) : path;
  if (/^repos$/i.test(first)) return rest;
  return /^(?:users|orgs)$/i.test(first) ? [first, ...rest] : ["api"];
}

/** Whether GitHub could have a repository by that name. */
export function isRepositoryName({ owner, name }: RepositoryName): boolean {
  return OWNER.test(owner) && NAME.test(name);
}

/** What a name is found by: GitHub compares names without regard to letter case. */
export function nameKey({ owner, name }: RepositoryName): string {
  return `${owner}/${name}`.toLowerCase();
}
