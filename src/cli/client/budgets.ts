/** What a GitHub user may still ask, as the server last heard. */
export interface RateBudget {
  readonly login: string;
  readonly limit: number;
  readonly remaining: number;
  readonly resetAt: string | null;
  readonly spentLive: number;
  readonly spentBackfill: number;
  readonly pausedUntil: string | null;
  readonly pauseReason: "PRIMARY" | "SECONDARY" | null;
}

/** And whether the key may see any. */
export const BUDGETS = `viewer { isLimited } rateBudgets {
  login limit remaining resetAt spentLive spentBackfill pausedUntil pauseReason
}`;

export interface Budgets {
  readonly viewer: { readonly isLimited: boolean };
  readonly rateBudgets: readonly RateBudget[];
}

/** Why there are none to be shown. */
export function whyNoBudgets({ viewer }: Budgets): string {
  return viewer.isLimited
    ? "A key that is limited to some repositories sees none."
    : "Nothing was asked of GitHub yet.";
}
