import { type ErrorCode, TrackerError } from "../domain/errors.js";

/** GitHub's answer as it came, success included. Header names in lower case. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed where it was JSON, else the text. */
  readonly body: unknown;
}

/** `type` is a top-level member of GitHub's errors, not an extension. */
export interface GitHubGraphqlError {
  readonly type?: string;
  readonly code?: string;
  readonly path?: readonly (string | number)[];
  readonly message: string;
}

const SECONDARY_WAIT_MS = 60_000; // what GitHub asks for where it names no time
const RESET_MARGIN_MS = 1_000; // GitHub's clock and ours
/** https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api */
const PRIMARY_TEXT = /API rate limit (already )?exceeded/i;
const SECONDARY_TEXT = /secondary rate limit|abuse detection mechanism/i;
const SECONDARY_URL = /#?(about-)?secondary-rate-limits|#abuse-rate-limits/i;
const TIMEOUT_TEXT =
  /Something went wrong while executing your query|couldn't respond to your request in time|^timed ?out$|Timeout on validation/i;
const RESOURCE_TYPES = new Set(["RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED"]);
const MESSAGE_LENGTH_MAX = 500;

/**
 * Judges an answer as a whole. Null: its data can be used, perhaps with errors on single items.
 * Rate limits are told by the body: their status may be 200 and their headers missing or cheerful.
 */
export function classifyAnswer(answer: RawAnswer, nowMs: number): TrackerError | null {
  const { status, headers, body } = answer;
  const { data, errors, message, documentationUrl } = readBody(body);
  // An error with a path is about one item, not about the answer.
  const whole = isObject(data) ? errors.filter(({ path }) => path === undefined) : errors;
  const texts = [message, ...whole.map((error) => error.message)];
  const says = (pattern: RegExp) => texts.some((text) => pattern.test(text));
  const fail = (code: ErrorCode, text: string, details = {}) =>
    new TrackerError(code, text, { ...detailsOf(headers), status, ...details });

  if (says(SECONDARY_TEXT) || SECONDARY_URL.test(documentationUrl)) {
    const retryAt = retryAfter(headers, nowMs) ?? new Date(nowMs + SECONDARY_WAIT_MS);
    return fail("GITHUB_RATE_LIMITED", limitText("secondary", retryAt), {
      limit: "secondary",
      retryAt,
    });
  }
  const isPrimary = errors.some(
    ({ type, code }) =>
      type === "RATE_LIMITED" || type === "RATE_LIMIT" || code === "graphql_rate_limit",
  );
  if (isPrimary || says(PRIMARY_TEXT) || status === 429) {
    const retryAt =
      retryAfter(headers, nowMs) ?? resetAt(headers, nowMs) ?? new Date(nowMs + SECONDARY_WAIT_MS);
    return fail("GITHUB_RATE_LIMITED", limitText("primary", retryAt), {
      limit: "primary",
      retryAt,
    });
  }
  if (status === 401 || says(/^This endpoint requires you to be authenticated/)) {
    return fail(
      "GITHUB_BAD_CREDENTIALS",
      "GitHub does not accept the token: it is wrong, expired or revoked.",
    );
  }
  if (status === 504 || says(TIMEOUT_TEXT)) {
    return fail("GITHUB_TIMEOUT", "GitHub ran out of time over this request.");
  }
  if (status >= 500) return fail("GITHUB_BAD_GATEWAY", `GitHub answered with HTTP ${status}.`);
  if (status === 403 || status === 451) {
    return fail("GITHUB_FORBIDDEN", clip(message === "" ? "GitHub refuses access." : message));
  }
  if (status >= 400) {
    return fail(
      "GITHUB_BAD_QUERY",
      clip(`GitHub refused the request with HTTP ${status}. ${message}`),
    );
  }
  if (isObject(data)) return null;
  if (errors.some(({ type }) => type !== undefined && RESOURCE_TYPES.has(type))) {
    return fail("GITHUB_RESOURCE_LIMITS", clip(texts.join(" ").trim()));
  }
  const [first] = errors;
  if (first === undefined) {
    return fail("GITHUB_MALFORMED_ANSWER", "GitHub's answer holds neither data nor an error.");
  }
  return itemError(first, answer);
}

/** Judges the error of one item of an answer whose other items can be used. */
export function itemError(
  { type, message }: GitHubGraphqlError,
  { headers }: Pick<RawAnswer, "headers">,
): TrackerError {
  return new TrackerError(itemCode(type, message), clip(message), { ...detailsOf(headers), type });
}

function itemCode(type: string | undefined, message: string): ErrorCode {
  switch (type) {
    case "NOT_FOUND":
      return "GITHUB_NOT_FOUND";
    case "FORBIDDEN":
    case "INSUFFICIENT_SCOPES":
      return "GITHUB_FORBIDDEN";
    case "RESOURCE_LIMITS_EXCEEDED":
    case "MAX_NODE_LIMIT_EXCEEDED":
      return "GITHUB_RESOURCE_LIMITS";
    case "INVALID_CURSOR_ARGUMENTS":
      return "GITHUB_BAD_CURSOR";
    case "SERVICE_UNAVAILABLE":
      return "GITHUB_BAD_GATEWAY";
    default:
      return TIMEOUT_TEXT.test(message) ? "GITHUB_TIMEOUT" : "GITHUB_BAD_QUERY";
  }
}

/** Judges a request that got no answer. The caller's own abort passes through as it is. */
export function classifyFailure(cause: unknown): TrackerError {
  const chain = [cause, (cause as { cause?: unknown } | null)?.cause];
  const isTimeout = chain.some((error) => error instanceof Error && error.name === "TimeoutError");
  if (isTimeout) {
    return new TrackerError("GITHUB_TIMEOUT", "GitHub did not answer in time.", {}, { cause });
  }
  const inner = chain[1] instanceof Error ? chain[1] : chain[0];
  const code = (inner as { code?: unknown } | null)?.code;
  const reason =
    typeof code === "string" ? code : inner instanceof Error ? inner.message : "unknown";
  return new TrackerError(
    "GITHUB_UNREACHABLE",
    `GitHub cannot be reached (${clip(reason)}).`,
    {},
    { cause },
  );
}

export function errorsOf(body: unknown): readonly GitHubGraphqlError[] {
  return readBody(body).errors;
}

function readBody(body: unknown) {
  const members = isObject(body) ? body : {};
  const errors = Array.isArray(members.errors)
    ? members.errors.filter(isObject).map(
        (error): GitHubGraphqlError => ({
          message: String(error.message ?? ""),
          ...(typeof error.type === "string" && { type: error.type }),
          ...(typeof error.code === "string" && { code: error.code }),
          ...(Array.isArray(error.path) && { path: error.path as (string | number)[] }),
        }),
      )
    : [];
  return {
    data: members.data,
    errors,
    message:
      typeof members.message === "string" ? members.message : typeof body === "string" ? body : "",
    documentationUrl:
      typeof members.documentation_url === "string" ? members.documentation_url : "",
  };
}

/** Seconds or an HTTP date. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfter(headers: RawAnswer["headers"], nowMs: number): Date | null {
  const value = headers["retry-after"]?.trim();
  if (value === undefined || value === "") return null;
  if (/^\d+$/.test(value)) return new Date(nowMs + Number(value) * 1_000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : new Date(Math.max(date, nowMs));
}

function resetAt(headers: RawAnswer["headers"], nowMs: number): Date | null {
  const seconds = Number(headers["x-ratelimit-reset"]);
  if (!(seconds > 0)) return null;
  return new Date(Math.max(seconds * 1_000, nowMs) + RESET_MARGIN_MS);
}

function limitText(limit: string, retryAt: Date): string {
  return `GitHub's ${limit} rate limit is reached; no request before ${retryAt.toISOString()}.`;
}

function detailsOf(headers: RawAnswer["headers"]): { requestId?: string } {
  const requestId = headers["x-github-request-id"];
  return requestId === undefined ? {} : { requestId };
}

function clip(text: string): string {
  return text.length > MESSAGE_LENGTH_MAX ? `${text.slice(0, MESSAGE_LENGTH_MAX)}…` : text;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
