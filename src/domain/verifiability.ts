import type { Repository } from "./repository.js";

/**
 * Why what is stored of a repository cannot be held against GitHub now, however long that is waited for;
 * null where it can be, or is about to.
 */
export function whyNotVerifiable({
  state,
  attempts,
  lastError,
}: Pick<Repository, "state" | "attempts" | "lastError">): string | null {
  const why = lastError === null ? "" : ` ${lastError}`;
  if (state === "ACTIVE") return null;
  if (state !== "PENDING" && state !== "BACKFILLING") {
    return `It cannot be verified while it is ${state}.${why}`;
  }
  // To have to wait for GitHub's budget is no failure, though it says so too.
  return attempts === 0 ? null : `Its history is not complete, and the last attempt failed.${why}`;
}
