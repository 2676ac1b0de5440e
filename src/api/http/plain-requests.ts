import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import { GraphQLError } from "graphql";
import type { Metrics } from "../../telemetry/metrics/metrics.js";
import type { ErrorFormat } from "../execution/error-format.js";
import { countOperation } from "../execution/operation-metrics.js";
import type { SingleAnswer } from "../execution/single-answer.js";
import { acceptable } from "./acceptable.js";
import { answerOf } from "./http-answer.js";
import { hasExtensions, operationOf } from "./request-operation.js";

export interface PlainRequestsParts {
  readonly singleAnswer: SingleAnswer;
  readonly formatError: ErrorFormat;
  readonly metrics: Metrics;
  /** One and the same for a request, whoever asks. */
  readonly contextOf: (request: FastifyRequest, reply: FastifyReply) => object;
}

/**
 * Answers what is plain, a document with its variables by somebody who takes JSON, as Apollo Server
 * would, byte for byte; hands it everything else. Apollo's own steps are a third of the work of
 * answering a query (docs/decisions/0009).
 */
export function answerPlainRequests(
  apollo: RouteHandlerMethod,
  { singleAnswer, formatError, metrics, contextOf }: PlainRequestsParts,
): RouteHandlerMethod {
  return async function answer(request, reply) {
    const startedAt = performance.now();
    const operation = operationOf(request);
    const { json } = acceptable(request.headers.accept);
    if (operation instanceof GraphQLError || json === null || hasExtensions(request)) {
      return await apollo.call(this, request, reply);
    }
    const { type, result } = await singleAnswer(operation, {
      value: contextOf(request, reply),
      isReadOnly: request.method === "GET",
    });
    const { status, headers, body } = answerOf(result, { formatError, mediaType: json });
    countOperation(metrics, { type, errors: body.errors, startedAt });
    reply.code(status).headers({ ...headers, "content-type": json });
    return `${JSON.stringify(body)}\n`;
  };
}
