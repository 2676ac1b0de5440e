/** An address in its parts. What may be a secret, a user with a password, is left behind here. */
export interface Address {
  /** In lower case; null for one without, as `git@host:path`. */
  readonly scheme: string | null;
  /** In lower case, without a port; null for a path alone. */
  readonly host: string | null;
  /** Empty: the scheme's own. */
  readonly port: string;
  /** The parts between its slashes, decoded; none is empty. */
  readonly path: readonly string[];
}

/** What prose, markup and shells put around an address. */
const BEFORE = /^[\s\u200b-\u200f\u2060\ufeff<>"'`“”‘’([{]+/;
const AFTER = /[\s\u200b-\u200f\u2060\ufeff<>"'`“”‘’)\]},;:.!]+$/;
const COMMAND = /^(?:git clone|gh repo clone)\s+|^scm:git:/i;
/** Of npm, of the command line `gh`, and of package URLs. */
const GITHUB = /^(?:github:|gh:|pkg:github\/)(?!\/\/)/i;
const ENCODED = /^[a-z][a-z\d+.-]*%3a%2f%2f/i;
const URL_SHAPE = /^(?:([a-z][a-z\d+.-]*):)?\/\/+([^/?#]*)(.*)$/is;
const SCP_SHAPE = /^(?:[^/]*@)?([^/:@\s]+)([:/])(.*)$/s;
/** A port written where there can be none: `git@ssh.github.com:443/o/n.git`. */
const PORT_IN_PATH = /^(\d{1,5})\/(?=\/*[^/]+\/+[^/])/;

/** Null for what is no address at all. Nothing is resolved: `..` stays a part of the path. */
export function parseAddress(given: string): Address | null {
  const bare = given.replace(BEFORE, "").replace(AFTER, "").replace(COMMAND, "");
  const text = ENCODED.test(bare) ? decode(bare) : bare;
  if (/[\s\p{Cc}]/u.test(text)) return null;
  if (GITHUB.test(text)) return located(null, "github.com", text.replace(GITHUB, ""));
  const [, scheme, authority = "", behind = ""] = URL_SHAPE.exec(text) ?? [];
  if (behind !== "" || authority !== "") {
    return located(scheme ?? null, afterUser(authority), behind);
  }
  const [, host = "", mark, path = ""] = SCP_SHAPE.exec(text) ?? [];
  const isHost = mark === ":" || host.includes(".") || /^[^/]*@/.test(text);
  if (mark === undefined || !isHost) return located(null, null, text);
  const port = mark === ":" ? (PORT_IN_PATH.exec(path)?.[1] ?? "") : "";
  return located(null, `${host}:${port}`, path.slice(port.length));
}

/**
 * The same for people to read, without what may be a secret in it: users with their passwords, and
 * what follows `?` or `#`.
 */
export function withoutSecrets(given: string): string {
  return given
    .replace(/^(\W*[a-z][a-z\d+.-]*(?::|%3a)(?:\/|%2f)+)(?=[^/]*(?:@|%40|:)).*(?:@|%40)/is, "$1")
    .replace(/^(?![^@]*\/\/)(?=[^@/]*@|[^@]*:).*@/s, "")
    .replace(/[?#].*$/s, "");
}

function afterUser(authority: string): string {
  return authority.slice(authority.lastIndexOf("@") + 1);
}

function located(scheme: string | null, place: string | null, behind: string): Address | null {
  const [, host = "", port = ""] = /^([^:]*)(?::(\d{0,5}))?$/.exec(place ?? "") ?? [];
  if (place !== null && host === "") return null;
  return {
    scheme: scheme?.toLowerCase() ?? null,
    host: place === null ? null : host.toLowerCase().replace(/\.$/, ""),
    port,
    path: decode(behind.replace(/[?#].*$/s, ""))
      .split("/")
      .filter((part) => part !== ""),
  };
}

/** As it is where it is not encoded as it should be. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
