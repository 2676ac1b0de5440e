import { ApolloServer, type ApolloServerPlugin, HeaderMap } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import type { GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import type { Metrics } from "../../telemetry/metrics/metrics.js";
import type { CallerContext } from "../access/guard-schema.js";
import type { ErrorFormat } from "../execution/error-format.js";
import { TOKENS_MAX } from "../execution/limits.js";
import { operationMetrics } from "../execution/operation-metrics.js";
import type { SingleAnswer } from "../execution/single-answer.js";
import { acceptable } from "./acceptable.js";
import { answerOf, httpStatus } from "./http-answer.js";
import { answerPlainRequests } from "./plain-requests.js";

export interface ApolloParts {
  readonly schema: GraphQLSchema;
  readonly singleAnswer: SingleAnswer;
  readonly formatError: ErrorFormat;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly contextOf: (request: FastifyRequest, reply: FastifyReply) => CallerContext;
}

export interface Apollo {
  /** Of a request with one answer, once it is let in. */
  readonly answer: RouteHandlerMethod;
  stop(): Promise<void>;
}

/** Apollo Server, and before it the short way for what is plain. */
export async function startApollo({
  schema,
  singleAnswer,
  formatError,
  logger,
  metrics,
  contextOf: makeContext,
}: ApolloParts): Promise<Apollo> {
  const contextOf = (request: FastifyRequest, reply: FastifyReply): CallerContext => {
    request.operationContext ??= makeContext(request, reply);
    return request.operationContext as CallerContext;
  };
  const apollo = new ApolloServer<CallerContext>({
    schema,
    formatError,
    dangerouslyDisableValidation: true, // `singleAnswer` validates, whichever way an operation comes
    documentStore: null,
    parseOptions: { maxTokens: TOKENS_MAX },
    introspection: true, // our own rule forbids it, over WebSocket too
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginLandingPageDisabled(), // loads from elsewhere
      ApolloServerPluginCacheControlDisabled(), // it would stand before every field's resolver
      operationMetrics(metrics),
      httpStatus,
      answering({ singleAnswer, formatError }),
    ],
    logger,
  });
  await apollo.start();
  const context = async (request: FastifyRequest, reply: FastifyReply) => contextOf(request, reply);
  return {
    answer: answerPlainRequests(fastifyApolloHandler(apollo, { context }), {
      ...{ singleAnswer, formatError, metrics, contextOf },
    }),
    stop: () => apollo.stop(),
  };
}

/** Has Apollo Server answer as every other way in does: prepared alike, executed alike, told alike. */
function answering({
  singleAnswer,
  formatError,
}: Pick<ApolloParts, "singleAnswer" | "formatError">): ApolloServerPlugin<CallerContext> {
  return {
    async requestDidStart() {
      return {
        async responseForOperation({ source, request, contextValue }) {
          const { operationName, variables, http } = request;
          const { result } = await singleAnswer(
            { query: source, operationName, variables },
            { value: contextValue, isReadOnly: http?.method === "GET" },
          );
          const { json: mediaType } = acceptable(http?.headers.get("accept"));
          const { status, headers, body } = answerOf(result, { formatError, mediaType });
          return {
            http: { status, headers: new HeaderMap(Object.entries(headers)) },
            body: { kind: "single", singleResult: body },
          };
        },
      };
    },
  };
}
