import { isLoopback } from "../domain/loopback.js";

export const PUBLIC_API_URL = "https://api.github.com";

/** One GitHub: where it is asked, and where people see it. None ends in a slash. */
export interface GitHubPlace {
  /** Root of the API; GraphQL is at `/graphql` behind it. */
  readonly apiUrl: string;
  readonly webUrl: string;
  /** Where the git protocol is: `/OWNER/NAME.git` behind it. */
  readonly gitUrl: string;
}

/**
 * From the address of any of its APIs: REST or GraphQL, of github.com, of a data residency
 * (`api.NAME.ghe.com`) or of an Enterprise Server. On loopback it is a stand-in with github.com's names.
 */
export function readGitHubPlace(apiUrl = PUBLIC_API_URL): GitHubPlace {
  const { protocol, host, hostname, pathname } = new URL(apiUrl);
  const path = pathname.replace(/\/+$/, "").replace(/\/(?:graphql|v\d)$/i, "");
  const [, web] = /^(?:api\.)?(github\.com|[a-z\d-]+\.ghe\.com)\.?$/.exec(hostname) ?? [];
  if (web !== undefined) {
    const webUrl = `https://${web}`;
    return { apiUrl: `https://api.${web}`, webUrl, gitUrl: webUrl };
  }
  const gitUrl = `${protocol}//${host}`;
  const webUrl = isLoopback(hostname) ? "https://github.com" : gitUrl;
  return { apiUrl: `${gitUrl}${path.replace(/\/+$/, "")}`, webUrl, gitUrl };
}
