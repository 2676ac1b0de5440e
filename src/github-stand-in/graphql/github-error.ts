import type { GraphQLError, SourceLocation } from "graphql";

/** An error that GitHub reports on a field: its `type` is a top-level member on the wire. */
export class FieldError extends Error {
  override readonly name = "FieldError";

  constructor(
    readonly type: string,
    message: string,
    readonly extensions?: Readonly<Record<string, unknown>>,
  ) {
    super(message);
  }
}

/** One entry of `errors`, its members in GitHub's order. */
export interface WireError {
  readonly type?: string;
  readonly code?: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly locations?: readonly SourceLocation[];
  readonly message: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const JSON_TYPE = "application/json; charset=utf-8";

export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return {
    status,
    headers: { "content-type": JSON_TYPE, ...headers },
    body: JSON.stringify(body),
  };
}

/** A whole-query refusal: HTTP 200, `errors` and no `data`. */
export function queryRefusal(...errors: readonly WireError[]): HttpAnswer {
  return jsonAnswer(200, { errors });
}

export function toWireError(error: GraphQLError): WireError {
  const cause = error.originalError;
  const isField = cause instanceof FieldError;
  return {
    ...(isField && { type: cause.type }),
    ...(error.path && { path: error.path }),
    ...(isField && cause.extensions && { extensions: cause.extensions }),
    ...(error.locations && { locations: error.locations }),
    message: error.message,
  };
}

export function repositoryNotFound(nameWithOwner: string): FieldError {
  const message = `Could not resolve to a Repository with the name '${nameWithOwner}'.`;
  return new FieldError("NOT_FOUND", message);
}

export function nodeNotFound(id: string): FieldError {
  return new FieldError("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'`);
}

export function invalidCursor(cursor: string): FieldError {
  const message = `\`${cursor}\` does not appear to be a valid cursor.`;
  return new FieldError("INVALID_CURSOR_ARGUMENTS", message);
}

export function tooManyIds(count: number): FieldError {
  const message = `You may not provide more than 100 node ids; you provided ${count}.`;
  return new FieldError("ARGUMENT_LIMIT", message);
}

export function missingBoundaries(connection: string): FieldError {
  const message = `You must provide a \`first\` or \`last\` value to properly paginate the \`${connection}\` connection.`;
  return new FieldError("MISSING_PAGINATION_BOUNDARIES", message);
}

export function excessivePagination(
  connection: string,
  argument: "first" | "last",
  count: number,
): FieldError {
  const message = `Requesting ${count} records on the \`${connection}\` connection exceeds the \`${argument}\` limit of 100 records.`;
  return new FieldError("EXCESSIVE_PAGINATION", message);
}

export function nodeLimitExceeded(nodeCount: number): WireError {
  const message = `This query requests up to ${nodeCount.toLocaleString("en-US")} possible nodes which exceeds the maximum limit of 500,000.`;
  return { type: "MAX_NODE_LIMIT_EXCEEDED", message };
}

/** The stand-in's own: loud, so that a query it cannot answer is not taken for an empty answer. */
export function notImplemented(typeName: string, fieldName: string): FieldError {
  const message = `The GitHub stand-in does not implement \`${typeName}.${fieldName}\`.`;
  return new FieldError("NOT_IMPLEMENTED", message);
}

export const QUERY_MISSING: WireError = {
  message: "A query attribute must be specified and must be a string.",
};
