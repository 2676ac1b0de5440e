import { type ErrorDetails, isTrackerError, TrackerError } from "../domain/errors.js";

/** Why the git protocol gave no history. */
export type GitFailureReason =
  /** No such repository, or the token cannot see it; with `details.missingOid`: no such commit in it. */
  | "not-found"
  /** The token is not accepted, or not for this. */
  | "refused"
  /** `details.retryAt` says until when nothing may be asked. */
  | "rate-limited"
  /** No connection, one that broke off, or an answer of a server that cannot answer now. */
  | "unreachable"
  /** It took too long, or nothing came for too long. */
  | "timed-out"
  /** Cut, changed on its way, or other than asked for. */
  | "malformed"
  /** More bytes than may be, in all or in one commit. */
  | "too-large"
  /** The server gives histories with all of their files only. */
  | "no-filters"
  /** There is no git on this machine, or none that can do this. */
  | "no-git"
  | "no-disk"
  /** Git ended as it should not have, killed perhaps. */
  | "broken";

export function gitFailure(
  reason: GitFailureReason,
  message: string,
  details: ErrorDetails = {},
  options?: { cause?: unknown },
): TrackerError {
  return new TrackerError("GIT_FAILED", message, { ...details, reason }, options);
}

/** Null for what is no failure of the git protocol. */
export function gitFailureReason(error: unknown): GitFailureReason | null {
  return isTrackerError(error, "GIT_FAILED") ? (error.details.reason as GitFailureReason) : null;
}
