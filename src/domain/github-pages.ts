/**
 * First parts of paths at GitHub that are pages of its own and no account's. GitHub publishes no list:
 * these are its pages among the names gathered at https://github.com/Mottie/github-reserved-names, and
 * those its navigation has got since. One too few is found out by a check, as any unknown name; one too
 * many would keep somebody's repositories out, so names that accounts have are left away.
 */
const PAGES: ReadonlySet<string> = new Set([
  ...["about", "account", "accounts", "advisories", "api", "apps", "assets", "auth", "blog"],
  ...["codesearch", "codespaces", "collections", "contact", "copilot", "customer-stories"],
  ...["dashboard", "discussions", "enterprise", "enterprises", "events", "explore", "features"],
  ...["forgot_password", "gist", "gists", "home", "issues", "join", "login", "logout"],
  ...["marketplace", "mobile", "new", "nonprofit", "notifications", "oauth", "open-source"],
  ...["organizations", "orgs", "partners", "password_reset", "pricing", "projects", "pulls"],
  ...["readme", "repos", "resources", "search", "security", "session", "sessions", "settings"],
  ...["signin", "signup", "site", "solutions", "sponsors", "stafftools", "stars", "team"],
  ...["timeline", "topics", "trending", "user-attachments", "users", "watching", "why-github"],
]);

/** Of these, what stands behind them names an account. */
const ABOUT_ACCOUNTS: ReadonlySet<string> = new Set(["orgs", "users", "sponsors", "stars"]);

export function isGitHubPage(first: string): boolean {
  return PAGES.has(first.toLowerCase());
}

/** Whose page it is, where it is one about an account. */
export function accountOf([first = "", second]: readonly string[]): string | undefined {
  if (ABOUT_ACCOUNTS.has(first.toLowerCase())) return second;
  return isGitHubPage(first) ? undefined : first;
}
