import type { ServerAddress } from "./server-address.js";

/** A code of our own, beside those that servers give. */
export const UNREACHABLE = "UNREACHABLE";

/** Those that pass without anybody's doing. */
const PASSING: ReadonlySet<string> = new Set([
  UNREACHABLE,
  "BUSY",
  "DATABASE_UNAVAILABLE",
  "BROKER_UNAVAILABLE",
  "RATE_LIMITED",
  "INTERNAL_SERVER_ERROR",
]);

/** What the server said was wrong, with its `extensions.code`; or that there is none. */
export class ServerError extends Error {
  override readonly name = "ServerError";

  constructor(
    readonly code: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }

  /** Whether asking again later can help. */
  get isPassing(): boolean {
    return PASSING.has(this.code);
  }

  /** Whether whatever else is asked for now meets the same. */
  get isEverybodys(): boolean {
    return this.isPassing && this.code !== "BUSY"; // which one repository is, for this moment
  }
}

/** No answer from there, or none that a tracker gives. */
export function unreachable(
  { graphql: { origin }, from }: ServerAddress,
  why: string,
  cause?: unknown,
): ServerError {
  const place = from === null ? origin : `${origin}, which ${from} of the environment names`;
  const message = `No tracker answers at ${place} (${why}). Start one (npm start), or name it in TRACKER_URL.`;
  return new ServerError(UNREACHABLE, message, { cause });
}

/** It was there, and closed the connection or fell silent. */
export function lost(origin: string, why: string, cause?: unknown): ServerError {
  return new ServerError(UNREACHABLE, `The connection to ${origin} was lost (${why}).`, { cause });
}

/** What a person can do about it; null where the message says all. */
export function adviceFor({ code }: ServerError): string | null {
  if (code === "UNAUTHENTICATED") {
    return "Set TRACKER_API_KEY to a key of this server; `tracker keys create` makes one.";
  }
  if (code === "FORBIDDEN") return "This takes a key with the role `writer`.";
  if (code === "GRAPHQL_VALIDATION_FAILED") {
    return "The server is of another version than this command line; `tracker doctor` tells more.";
  }
  return null;
}
