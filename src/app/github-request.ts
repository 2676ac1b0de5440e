/** How this system presents itself to GitHub, and how long it waits: GitHub itself gives up after ten seconds. */
export const GITHUB_REQUEST = {
  userAgent: "github-change-tracker",
  requestTimeoutMs: 15_000,
} as const;
