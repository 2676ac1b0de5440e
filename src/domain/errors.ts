/**
 * What each failure means to the rest of the system, in one table: whether trying again can help,
 * whether its text may be shown to a client, and how loud its log line is.
 *
 * - `retry: "never"`: the same request fails again until a person or GitHub changes something.
 * - `retry: "later"`: after a growing delay.
 * - `retry: "at"`: not before `details.retryAt`.
 */
export const ERROR_CODES = {
  BAD_USER_INPUT: { retry: "never", expose: true, level: "info" },
  NOT_FOUND: { retry: "never", expose: true, level: "info" },
  /** What followed a feed cursor is no longer kept, or was lost. `details.oldestSequence` says what is there. */
  CURSOR_EXPIRED: { retry: "never", expose: true, level: "info" },
  /** No key, or one that is unknown or revoked. */
  UNAUTHENTICATED: { retry: "never", expose: true, level: "info" },
  /** A key without the role, an origin or a host that is not allowed. */
  FORBIDDEN: { retry: "never", expose: true, level: "info" },
  /** A client of ours asks too often. `details.retryAt` says until when. */
  RATE_LIMITED: { retry: "at", expose: true, level: "info" },
  /** What it is about is locked by other work. */
  BUSY: { retry: "later", expose: true, level: "warn" },
  /** It took the database longer than a query may take. */
  QUERY_TOO_EXPENSIVE: { retry: "later", expose: true, level: "warn" },
  /** What was waited for has not happened in time; asking again goes on waiting. */
  TIMEOUT: { retry: "later", expose: true, level: "info" },
  INTERNAL: { retry: "later", expose: false, level: "error" },
  DATABASE_UNAVAILABLE: { retry: "later", expose: true, level: "warn" },
  /** The database, or the folder it is in, is none that this version can work on; a person must act. */
  DATABASE_UNFIT: { retry: "never", expose: true, level: "error" },
  BROKER_UNAVAILABLE: { retry: "later", expose: true, level: "warn" },
  /** GitHub has no such repository, or the token cannot see it: the two look the same. */
  GITHUB_NOT_FOUND: { retry: "later", expose: true, level: "info" },
  /** SAML, organisation policy, IP allow list, missing permission, or a block by GitHub. */
  GITHUB_FORBIDDEN: { retry: "later", expose: true, level: "warn" },
  /** Primary or secondary limit. `details.retryAt` says until when; `details.limit` which. */
  GITHUB_RATE_LIMITED: { retry: "at", expose: true, level: "warn" },
  GITHUB_TIMEOUT: { retry: "later", expose: true, level: "warn" },
  GITHUB_BAD_GATEWAY: { retry: "later", expose: true, level: "warn" },
  /** The query asked for too much at once; ask for less. */
  GITHUB_RESOURCE_LIMITS: { retry: "later", expose: true, level: "warn" },
  /** Single ones come among good answers: the token is asked about again after seconds. */
  GITHUB_BAD_CREDENTIALS: { retry: "later", expose: true, level: "error" },
  /** Neither data nor errors, not JSON, or data of another shape than asked for. */
  GITHUB_MALFORMED_ANSWER: { retry: "later", expose: true, level: "warn" },
  /** GitHub refused the query itself: a fault of ours. */
  GITHUB_BAD_QUERY: { retry: "never", expose: false, level: "error" },
  /** GitHub no longer takes the cursor of a walk: begin it again from what is missing. */
  GITHUB_BAD_CURSOR: { retry: "later", expose: true, level: "info" },
  GITHUB_UNREACHABLE: { retry: "later", expose: true, level: "warn" },
  /** A history could not be had by the git protocol, `details.reason` says why: the API has it too. */
  GIT_FAILED: { retry: "later", expose: true, level: "warn" },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  /** Not before this time. Present with `retry: "at"`. */
  readonly retryAt?: Date;
  /** The GraphQL argument at fault. */
  readonly field?: string;
  /** `x-github-request-id` of the answer. */
  readonly requestId?: string;
  /** The commit that GitHub does not have. */
  readonly missingOid?: string;
  /** What was told in its place: the answer is wrong, rather than the commit odd. */
  readonly otherOid?: string;
  /** Of the oldest event that the feed still keeps. */
  readonly oldestSequence?: bigint;
  /** Of what a client of ours had too much, for metrics. */
  readonly limitHit?: string;
  /** What a client gets to see beside the code, as it is. */
  readonly shown?: Readonly<Record<string, unknown>>;
  readonly [fact: string]: unknown;
}

/** Every expected failure. Translated once, at the edge where it enters; `cause` is always kept. */
export class TrackerError extends Error {
  override readonly name = "TrackerError";

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

export function isTrackerError(error: unknown, code?: ErrorCode): error is TrackerError {
  return error instanceof TrackerError && (code === undefined || error.code === code);
}
