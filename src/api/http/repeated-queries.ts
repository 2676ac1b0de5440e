import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import { type DocumentNode, type GraphQLSchema, getOperationAST, OperationTypeNode } from "graphql";
import { LRUCache } from "lru-cache";
import type { Metrics } from "../../telemetry/metrics.js";
import type { Execute } from "../execution/compiled-execution.js";
import type { ErrorFormat } from "../execution/error-format.js";
import { countOperation } from "../execution/operation-metrics.js";
import type { ValidDocuments } from "../execution/valid-documents.js";
import { answerOf } from "./http-answer.js";

const MEDIA_TYPES_MAX = 100;
const ACCEPT_CHARS_MAX = 200;

export interface RepeatedQueriesParts {
  readonly schema: GraphQLSchema;
  readonly documents: ValidDocuments;
  readonly execute: Execute;
  readonly formatError: ErrorFormat;
  readonly metrics: Metrics;
  /** One and the same for a request, whoever asks. */
  readonly contextOf: (request: FastifyRequest, reply: FastifyReply) => object;
}

interface Operation {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variableValues: Readonly<Record<string, unknown>>;
}

/**
 * Answers queries that Apollo Server has answered before as it has: the document that it found valid is
 * executed, and the answer sent in the media type that it chose for the same `accept`. Whatever is new
 * or unusual goes to Apollo Server.
 *
 * Most of what front ends send are a few queries again and again, and Apollo's own steps are a third of
 * the work of answering one (docs/decisions/0009).
 */
export function createRepeatedQueries({
  schema,
  documents,
  execute,
  formatError,
  metrics,
  contextOf,
}: RepeatedQueriesParts): (apollo: RouteHandlerMethod) => RouteHandlerMethod {
  const mediaTypes = new LRUCache<string, string>({ max: MEDIA_TYPES_MAX });

  /** Null for what is not a query, not known, or not as Apollo Server would have it. */
  function knownQuery(body: unknown): Operation | null {
    if (!isObject(body)) return null;
    const { query, operationName = null, variables, extensions } = body;
    const document = typeof query === "string" ? documents.known(query) : null;
    const isPlain =
      (operationName === null || typeof operationName === "string") &&
      (variables == null || isObject(variables)) &&
      extensions == null;
    if (document === null || !isPlain) return null;
    if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.QUERY)
      return null;
    return { document, operationName, variableValues: variables ?? {} };
  }

  function before(apollo: RouteHandlerMethod): RouteHandlerMethod {
    return async function answer(request, reply) {
      const startedAt = performance.now();
      const { accept = "" } = request.headers;
      const mediaType = mediaTypes.get(accept);
      const operation = mediaType === undefined ? null : knownQuery(request.body);
      if (mediaType !== undefined && operation !== null) {
        const contextValue = contextOf(request, reply);
        const result = await execute({ schema, contextValue, ...operation });
        const { status, headers, body } = answerOf(result, { formatError, accept });
        countOperation(metrics, { type: "query", errors: body.errors, startedAt });
        reply.code(status).headers({ ...headers, "content-type": mediaType });
        return `${JSON.stringify(body)}\n`;
      }
      const answered: unknown = await apollo.call(this, request, reply);
      const chosen = reply.getHeader("content-type");
      const isUsual = reply.statusCode === 200 && accept.length <= ACCEPT_CHARS_MAX;
      if (isUsual && typeof chosen === "string") mediaTypes.set(accept, chosen);
      return answered;
    };
  }

  return before;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
