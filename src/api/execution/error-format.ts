import { randomUUID } from "node:crypto";
import { GraphQLError, type GraphQLFormattedError, isValueNode, Kind } from "graphql";
import type { Logger } from "pino";
import { ERROR_CODES, isTrackerError, type TrackerError } from "../../domain/errors.js";
import { databaseError } from "../../postgres/database-error.js";
import type { ApiLimit, OnLimit } from "../../telemetry/metrics/api-metrics.js";

export type ErrorFormat = (
  formatted: GraphQLFormattedError,
  error: unknown,
) => GraphQLFormattedError;

/**
 * What a client sees of a failure: expected ones with their message and a stable `extensions.code`,
 * others masked with an id that stands in the log beside what happened. Names are guessed (`suggests`) only
 * to who may see the schema.
 */
export function createErrorFormat(
  logger: Logger,
  { suggests, onLimit }: { readonly suggests: boolean; readonly onLimit: OnLimit },
): ErrorFormat {
  return (formatted, error) => {
    const original = isOfVariable(error) ? error : originalOf(error);
    // GraphQL's own errors quote the client, who may say what a lost connection says.
    const cause = original instanceof GraphQLError ? original : databaseError(original);
    const { path, locations } = formatted;
    const place = { ...(path && { path }), ...(locations && { locations }) };
    if (isTrackerError(cause) && ERROR_CODES[cause.code].expose) {
      logExpected(logger, cause);
      const { field, oldestSequence, shown, limitHit } = cause.details;
      if (limitHit !== undefined) onLimit(limitHit as ApiLimit);
      const extensions = {
        code: cause.code,
        ...(field !== undefined && { field }),
        ...(oldestSequence !== undefined && { oldestSequence: String(oldestSequence) }),
        ...shown,
        ...(cause.code === "RATE_LIMITED" && { retryAfter: secondsUntil(cause.details.retryAt) }),
      };
      return { message: cause.message, ...place, extensions };
    }
    if (cause instanceof GraphQLError && (isClientFault(formatted) || isOfArgument(cause))) {
      const { stacktrace: _, ...given } = formatted.extensions ?? {};
      const extensions = isClientFault(formatted) ? given : cause.extensions;
      return {
        message: suggests ? formatted.message : withoutSuggestion(formatted.message),
        ...place,
        extensions: { code: "BAD_USER_INPUT", ...extensions },
      };
    }
    const errorId = randomUUID();
    logger.error({ err: cause, errorId, path }, "operation failed");
    return {
      message: "Internal server error",
      ...place,
      extensions: { code: "INTERNAL_SERVER_ERROR", errorId },
    };
  };
}

/** A client's mistakes are its own business; what keeps this system from working is not. */
function logExpected(logger: Logger, error: TrackerError): void {
  const { level } = ERROR_CODES[error.code];
  if (level !== "info") logger[level]({ err: error }, "operation failed for now");
}

/** Parsing, validation and coercion; what fails in execution has a path and no code of the kind. */
function isClientFault({ path, extensions }: GraphQLFormattedError): boolean {
  const code = extensions?.code;
  return code === undefined ? path === undefined : code !== "INTERNAL_SERVER_ERROR";
}

/** Of a variable's value: that a scalar threw something of its own at it makes it no fault of ours. */
function isOfVariable(error: unknown): boolean {
  if (!(error instanceof GraphQLError) || error.path !== undefined) return false;
  return error.nodes?.[0]?.kind === Kind.VARIABLE_DEFINITION;
}

/** Of a value that does not fit where it is used, which shows in execution alone: graphql points at it. */
function isOfArgument({ nodes, extensions }: GraphQLError): boolean {
  const [node] = nodes ?? [];
  return node !== undefined && isValueNode(node) && extensions.code === undefined;
}

function secondsUntil(time: Date = new Date()): number {
  return Math.max(1, Math.ceil((time.getTime() - Date.now()) / 1_000));
}

/** A guess at a name stands at the end. */
function withoutSuggestion(message: string): string {
  const start = message.lastIndexOf(" Did you mean ");
  return start >= 0 && message.endsWith("?") ? message.slice(0, start) : message;
}

function originalOf(error: unknown): unknown {
  let current = error;
  while (current instanceof GraphQLError && current.originalError !== undefined) {
    current = current.originalError;
  }
  return current;
}
