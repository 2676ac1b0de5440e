import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import { GraphQLError, type GraphQLSchema, type ValidationRule } from "graphql";
import type { Logger } from "pino";
import type { Metrics } from "../telemetry/metrics.js";
import { type Execute, executingBy, type ResultContext } from "./compiled-execution.js";
import type { ErrorFormat } from "./error-format.js";
import type { CallerContext } from "./guard-schema.js";
import { httpStatus } from "./http-answer.js";
import { TOKENS_MAX } from "./limits.js";
import { operationMetrics } from "./operation-metrics.js";
import { FAULTS_MAX } from "./prepare-operation.js";
import { createRepeatedQueries } from "./repeated-queries.js";

/** What an operation over HTTP carries. */
export interface RequestContext extends CallerContext, ResultContext {}

export interface ApolloParts {
  readonly schema: GraphQLSchema;
  readonly execute: Execute;
  readonly rules: readonly ValidationRule[];
  readonly formatError: ErrorFormat;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly contextOf: (request: FastifyRequest, reply: FastifyReply) => RequestContext;
}

export interface Apollo {
  /** Of a request with one answer, once it is let in. */
  readonly answer: RouteHandlerMethod;
  stop(): Promise<void>;
}

/** Apollo Server, and before it the short way for what it has answered before. */
export async function startApollo({
  schema,
  execute,
  rules,
  formatError,
  logger,
  metrics,
  contextOf: makeContext,
}: ApolloParts): Promise<Apollo> {
  const contextOf = (request: FastifyRequest, reply: FastifyReply): RequestContext => {
    request.operationContext ??= makeContext(request, reply);
    return request.operationContext as RequestContext;
  };
  const { gateway, plugin: execution } = executingBy(execute, schema);
  const repeated = createRepeatedQueries({ schema, execute, metrics, contextOf });
  const apollo = new ApolloServer<RequestContext>({
    gateway,
    formatError,
    validationRules: [...rules],
    validationOptions: { maxErrors: FAULTS_MAX },
    parseOptions: { maxTokens: TOKENS_MAX },
    introspection: true, // our own rule forbids it, over WebSocket too
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginCacheControlDisabled(), // it would stand before every field's resolver
      operationMetrics(metrics),
      subscriptionsRefused,
      httpStatus,
      repeated.plugin,
      execution,
    ],
    logger,
  });
  await apollo.start();
  const context = async (request: FastifyRequest, reply: FastifyReply) => contextOf(request, reply);
  return {
    answer: repeated.before(fastifyApolloHandler(apollo, { context })),
    stop: () => apollo.stop(),
  };
}

/** HTTP has one answer to a request, and a subscription many. */
const subscriptionsRefused: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation }) {
        if (operation?.operation !== "subscription") return;
        throw new GraphQLError(
          "Subscriptions go over WebSocket (graphql-transport-ws) or as an event stream (accept: text/event-stream) to this same address.",
          { extensions: { code: "BAD_REQUEST", http: { status: 400 } } },
        );
      },
    };
  },
};
