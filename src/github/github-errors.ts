import { type ErrorCode, isTrackerError, TrackerError } from "../domain/errors.js";
import {
  aMinuteFrom,
  type GitHubGraphqlError,
  isObject,
  type RawAnswer,
  readBody,
  requestIdOf,
  resetAt,
  retryAfter,
} from "./raw-answer.js";
import { storableText } from "./storable.js";

/** https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api */
const PRIMARY_TEXT = /API rate limit (already )?exceeded/i;
const SECONDARY_TEXT = /secondary rate limit|abuse detection mechanism/i;
const SECONDARY_URL = /secondary-rate-limits|#abuse-rate-limits/i;
const TIMEOUT_TEXT =
  /Something went wrong while executing your query|couldn't respond to your request in time|^timed ?out$|Timeout on validation/i;
/** Faults of a query that GitHub's parser names in words only. */
const BAD_QUERY_TEXT = /^Parse error|^A query attribute must be specified/;
const MESSAGE_LENGTH_MAX = 500;

/** The types that GitHub gives to errors, and what each means here. */
const CODE_OF_TYPE: ReadonlyMap<string, ErrorCode> = new Map([
  ["NOT_FOUND", "GITHUB_NOT_FOUND"],
  ["FORBIDDEN", "GITHUB_FORBIDDEN"],
  ["INSUFFICIENT_SCOPES", "GITHUB_FORBIDDEN"],
  ["RESOURCE_LIMITS_EXCEEDED", "GITHUB_RESOURCE_LIMITS"],
  ["MAX_NODE_LIMIT_EXCEEDED", "GITHUB_RESOURCE_LIMITS"],
  ["INVALID_CURSOR_ARGUMENTS", "GITHUB_BAD_CURSOR"],
  ["EXCESSIVE_PAGINATION", "GITHUB_BAD_QUERY"],
  ["MISSING_PAGINATION_BOUNDARIES", "GITHUB_BAD_QUERY"],
  ["ARGUMENT_LIMIT", "GITHUB_BAD_QUERY"],
  ["SERVICE_UNAVAILABLE", "GITHUB_BAD_GATEWAY"],
]);

/**
 * Judges an answer as a whole. Null: its data can be used, perhaps with errors on single items.
 * Rate limits are told by the body: their status may be 200 and their headers missing or cheerful.
 */
export function classifyAnswer(answer: RawAnswer, nowMs: number): TrackerError | null {
  const { data, errors, ...rest } = readBody(answer.body);
  // An error with a path is about one item, not about the answer.
  const whole = isObject(data) ? errors.filter(({ path }) => path === undefined) : errors;
  const words = [rest.message, rest.text, ...whole.map((error) => error.message)];
  const says = (pattern: RegExp) => words.some((text) => pattern.test(text));
  const failure =
    limitOf(answer, rest.documentationUrl, errors, says, nowMs) ??
    refusalOf(answer, rest.message, says);
  if (failure !== null) return failure;
  if (isObject(data)) return null;
  const isTooMuch = ({ type = "" }) => CODE_OF_TYPE.get(type) === "GITHUB_RESOURCE_LIMITS";
  const told = errors.find(isTooMuch) ?? errors[0];
  if (told !== undefined) return itemError(told, answer);
  const why = "GitHub's answer holds neither data nor an error.";
  return fail(answer, "GITHUB_MALFORMED_ANSWER", why);
}

function limitOf(
  answer: RawAnswer,
  documentationUrl: string,
  errors: readonly GitHubGraphqlError[],
  says: (pattern: RegExp) => boolean,
  nowMs: number,
): TrackerError | null {
  const { status, headers } = answer;
  const isPrimary =
    says(PRIMARY_TEXT) ||
    errors.some(({ type }) => type === "RATE_LIMITED" || type === "RATE_LIMIT") ||
    errors.some(({ code }) => code === "graphql_rate_limit");
  const isSecondary =
    says(SECONDARY_TEXT) ||
    SECONDARY_URL.test(documentationUrl) ||
    status === 429 ||
    (status === 403 && headers["retry-after"] !== undefined); // a time to wait is a limit
  if (!isPrimary && !isSecondary) return null;
  const limit = isPrimary && !says(SECONDARY_TEXT) ? "primary" : "secondary";
  // A secondary answer may name the reset of points that are not used up.
  const isSpent = limit === "primary" || headers["x-ratelimit-remaining"]?.trim() === "0";
  const toldRetryAt = retryAfter(headers, nowMs) ?? (isSpent ? resetAt(headers, nowMs) : null);
  const retryAt = toldRetryAt ?? aMinuteFrom(nowMs);
  const until = retryAt.toISOString();
  const message = `GitHub's ${limit} rate limit is reached; no request before ${until}.`;
  return fail(answer, "GITHUB_RATE_LIMITED", message, {
    ...{ limit, retryAt, isRetryAtTold: toldRetryAt !== null },
  });
}

function refusalOf(
  answer: RawAnswer,
  message: string,
  says: (pattern: RegExp) => boolean,
): TrackerError | null {
  const { status } = answer;
  if (status === 401 || says(/^This endpoint requires you to be authenticated/)) {
    const why = "GitHub does not accept the token: it is wrong, expired or revoked.";
    return fail(answer, "GITHUB_BAD_CREDENTIALS", why);
  }
  if (status === 504 || says(TIMEOUT_TEXT)) {
    return fail(answer, "GITHUB_TIMEOUT", "GitHub ran out of time over this request.");
  }
  if (status >= 500) {
    return fail(answer, "GITHUB_BAD_GATEWAY", `GitHub answered with HTTP ${status}.`);
  }
  if (status === 403 || status === 451) {
    const why = message === "" ? `GitHub refused access with HTTP ${status}.` : message;
    return fail(answer, "GITHUB_FORBIDDEN", why);
  }
  if (status >= 400) {
    const why = `GitHub refused the request with HTTP ${status}. ${message}`;
    return fail(answer, "GITHUB_BAD_QUERY", why.trim());
  }
  if (status >= 300) {
    const why = `GitHub's address answered with a redirect (HTTP ${status}); check GITHUB_API_URL.`;
    return fail(answer, "GITHUB_BAD_GATEWAY", why);
  }
  return null;
}

/** Judges the error of one item of an answer whose other items can be used. */
export function itemError(
  error: GitHubGraphqlError,
  { headers }: Pick<RawAnswer, "headers">,
): TrackerError {
  const { type } = error;
  const details = { ...requestIdOf(headers), ...(type !== undefined && { type }) };
  return new TrackerError(codeOf(error), readable(error.message), details);
}

function codeOf({ type, code, message }: GitHubGraphqlError): ErrorCode {
  const known = type === undefined ? undefined : CODE_OF_TYPE.get(type);
  if (known !== undefined) return known;
  if (TIMEOUT_TEXT.test(message)) return "GITHUB_TIMEOUT";
  const isBadQuery = type === undefined && (code !== undefined || BAD_QUERY_TEXT.test(message));
  // A kind of failure that nobody has seen yet is GitHub's until shown otherwise: tried again later.
  return isBadQuery ? "GITHUB_BAD_QUERY" : "GITHUB_BAD_GATEWAY";
}

/** Judges a request that got no answer. The caller's own abort is not its business. */
export function classifyFailure(cause: unknown): TrackerError {
  if (isTrackerError(cause)) return cause;
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const isTimeout = [cause, inner].some(
    (error) => error instanceof Error && error.name === "TimeoutError",
  );
  if (isTimeout) {
    return new TrackerError("GITHUB_TIMEOUT", "GitHub did not answer in time.", {}, { cause });
  }
  const code = (inner as { code?: unknown } | null)?.code;
  const said = inner instanceof Error ? inner.message : "unknown";
  const reason = readable(typeof code === "string" ? code : said);
  const message = `GitHub cannot be reached (${reason}).`;
  return new TrackerError("GITHUB_UNREACHABLE", message, {}, { cause });
}

function fail(
  { status, headers }: RawAnswer,
  code: ErrorCode,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): TrackerError {
  return new TrackerError(code, readable(message), { ...requestIdOf(headers), status, ...details });
}

/** These messages are stored and shown. */
function readable(text: string): string {
  const clipped = text.length > MESSAGE_LENGTH_MAX ? `${text.slice(0, MESSAGE_LENGTH_MAX)}…` : text;
  return storableText(clipped);
}
