import { ERROR_CODES, type ErrorCode } from "../../domain/errors.js";
import { registerEnumType } from "./type-graphql.js";

/** type-graphql takes enums as objects. */
export const ErrorCodeEnum = Object.fromEntries(
  Object.keys(ERROR_CODES).map((code) => [code, code]),
) as Record<ErrorCode, ErrorCode>;

const DESCRIPTIONS: Record<ErrorCode, string> = {
  BAD_USER_INPUT: "What was given cannot be meant.",
  NOT_FOUND: "There is no such thing here.",
  CURSOR_EXPIRED:
    "What followed a cursor of the feed is no longer kept, or was lost before the database was restored.",
  UNAUTHENTICATED: "No key, or one that is not known or was revoked.",
  FORBIDDEN: "Not with this key, or from this page.",
  RATE_LIMITED: "This client asks too often.",
  BUSY: "What it is about is held by other work; try again in a moment.",
  QUERY_TOO_EXPENSIVE: "It took the database longer than a query may take.",
  TIMEOUT: "What was waited for has not happened in time; ask again to go on waiting.",
  INTERNAL:
    "Something went wrong here; the log says what. An answer's own is `INTERNAL_SERVER_ERROR`.",
  DATABASE_UNAVAILABLE: "The database does not answer.",
  DATABASE_UNFIT: "The database is none that this version can work on.",
  BROKER_UNAVAILABLE: "The broker does not answer.",
  GITHUB_NOT_FOUND: "GitHub has no such repository, or does not show it to the token.",
  GITHUB_FORBIDDEN: "GitHub refuses it to the token.",
  GITHUB_RATE_LIMITED: "GitHub said to wait.",
  GITHUB_TIMEOUT: "GitHub took too long.",
  GITHUB_BAD_GATEWAY: "GitHub answered that it could not.",
  GITHUB_RESOURCE_LIMITS: "It was too much for GitHub at once.",
  GITHUB_BAD_CREDENTIALS: "GitHub does not take the token.",
  GITHUB_MALFORMED_ANSWER: "GitHub's answer cannot be used.",
  GITHUB_BAD_QUERY: "GitHub does not take the query.",
  GITHUB_BAD_CURSOR: "GitHub no longer takes the cursor of a history.",
  GITHUB_UNREACHABLE: "GitHub does not answer.",
  GIT_FAILED: "A history could not be had by the git protocol.",
};

registerEnumType(ErrorCodeEnum, {
  name: "ErrorCode",
  description: "Why something failed; stable, and the same as in `extensions.code`.",
  valuesConfig: Object.fromEntries(
    Object.entries(DESCRIPTIONS).map(([code, description]) => [code, { description }]),
  ),
});

/** Null for what is no code of this version: a failure may be told by another. */
export function knownErrorCode(code: unknown): ErrorCode | null {
  return typeof code === "string" && Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : null;
}
