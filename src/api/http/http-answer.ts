import type { ApolloServerPlugin } from "@apollo/server";
import type { FastifyError, FastifyReply } from "fastify";
import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from "graphql";
import { isTrackerError } from "../../domain/errors.js";
import type { ErrorFormat } from "../execution/error-format.js";
import { acceptable, tellsByStatus } from "./acceptable.js";

interface HttpHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** What HTTP itself has words for. Null: an answer like any other. */
function headOf(error: GraphQLFormattedError | undefined): HttpHead | null {
  const { code, retryAfter } = error?.extensions ?? {};
  switch (code) {
    case "UNAUTHENTICATED":
      return { status: 401, headers: { "www-authenticate": 'Bearer realm="tracker"' } };
    case "FORBIDDEN":
      return { status: 403, headers: {} };
    case "METHOD_NOT_ALLOWED":
      return { status: 405, headers: { allow: "POST" } };
    case "RATE_LIMITED":
      return { status: 429, headers: { "retry-after": String(retryAfter) } };
    default:
      return null;
  }
}

/** Faults of the operation itself, which `application/json` has always told with a 200. */
const OPERATION_FAULTS: ReadonlySet<unknown> = new Set([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
  "BAD_USER_INPUT",
]);

/** An operation's answer, as HTTP tells it. */
export interface HttpAnswer extends HttpHead {
  readonly body: {
    readonly errors?: readonly GraphQLFormattedError[];
    readonly data?: Readonly<Record<string, unknown>> | null;
  };
}

/** Whoever sends it, and whether it was carried out or refused: of one result one answer. */
export function answerOf(
  { data, errors }: ExecutionResult,
  { formatError, mediaType }: { formatError: ErrorFormat; mediaType: string | null },
): HttpAnswer {
  if (errors === undefined) return { status: 200, headers: {}, body: { data: data ?? null } };
  const formatted = errors.map((error) => formatError(error.toJSON(), error));
  const [error] = formatted;
  const head = data == null ? headOf(error) : null;
  const headers = head?.headers ?? {};
  if (data !== undefined) {
    return { status: head?.status ?? 200, headers, body: { errors: formatted, data } };
  }
  const code = error?.extensions?.code;
  const refused = code === "INTERNAL_SERVER_ERROR" ? 500 : 400;
  const status = OPERATION_FAULTS.has(code) && !tellsByStatus(mediaType) ? 200 : refused;
  return { status: head?.status ?? status, headers, body: { errors: formatted } };
}

/** The status that GraphQL over HTTP asks for, where Apollo Server itself answers. https://graphql.github.io/graphql-over-http/draft/ */
export const httpStatus: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async willSendResponse({ request, response: { http, body } }) {
        if (body.kind !== "single") return;
        const { data, errors } = body.singleResult;
        const [error] = errors ?? [];
        if (error === undefined) return;
        const head = data == null ? headOf(error) : null;
        for (const [name, value] of Object.entries(head?.headers ?? {})) {
          http.headers.set(name, value);
        }
        if (head !== null) http.status = head.status;
        else if (
          OPERATION_FAULTS.has(error.extensions?.code) &&
          !tellsByStatus(acceptable(request.http?.headers.get("accept")).json)
        ) {
          http.status = 200;
        }
      },
    };
  },
};

/** What fails before an operation is carried out (no key, no JSON, too long a body), in an answer's shape. */
export function sendFault(
  reply: FastifyReply,
  error: FastifyError | GraphQLError,
  formatError: ErrorFormat,
): FastifyReply {
  const fault = toGraphQLError(error, reply.server.initialConfig.bodyLimit);
  const formatted = formatError(fault.toJSON(), fault);
  const head = headOf(formatted);
  const status = error instanceof GraphQLError ? 400 : (error.statusCode ?? 500);
  return reply
    .code(head?.status ?? status)
    .headers(head?.headers ?? {})
    .send({ errors: [formatted] });
}

function toGraphQLError(
  error: FastifyError | GraphQLError,
  bodyBytesMax: number | undefined,
): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const status = error.statusCode ?? 500;
  if (isTrackerError(error) || status >= 500) {
    return new GraphQLError(error.message, { originalError: error });
  }
  const message =
    status === 413
      ? `The body is too long: at most ${bodyBytesMax} bytes are taken. Pass long lists in several requests.`
      : error.message;
  return new GraphQLError(message, { extensions: { code: "BAD_REQUEST" } });
}
