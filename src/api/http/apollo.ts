import { ApolloServer, type ApolloServerPlugin, HeaderMap } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import {
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
} from "graphql";
import type { Logger } from "pino";
import type { Metrics } from "../../telemetry/metrics.js";
import type { CallerContext } from "../access/guard-schema.js";
import type { Execute } from "../execution/compiled-execution.js";
import type { ErrorFormat } from "../execution/error-format.js";
import { TOKENS_MAX } from "../execution/limits.js";
import { operationMetrics } from "../execution/operation-metrics.js";
import type { PrepareOperation } from "../execution/prepare-operation.js";
import type { ValidDocuments } from "../execution/valid-documents.js";
import { answerOf, httpStatus } from "./http-answer.js";
import { createRepeatedQueries } from "./repeated-queries.js";

export interface ApolloParts {
  readonly schema: GraphQLSchema;
  readonly execute: Execute;
  readonly documents: ValidDocuments;
  readonly prepare: PrepareOperation;
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

/** Apollo Server, and before it the short way for what it has answered before. */
export async function startApollo({
  schema,
  execute,
  documents,
  prepare,
  formatError,
  logger,
  metrics,
  contextOf: makeContext,
}: ApolloParts): Promise<Apollo> {
  const contextOf = (request: FastifyRequest, reply: FastifyReply): CallerContext => {
    request.operationContext ??= makeContext(request, reply);
    return request.operationContext as CallerContext;
  };
  const before = createRepeatedQueries({
    ...{ schema, documents, execute, formatError, metrics, contextOf },
  });
  const apollo = new ApolloServer<CallerContext>({
    schema,
    formatError,
    dangerouslyDisableValidation: true, // `prepare` validates, whichever way an operation comes
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
      ApolloServerPluginCacheControlDisabled(), // it would stand before every field's resolver
      operationMetrics(metrics),
      httpStatus,
      answering({ prepare, execute, formatError }),
    ],
    logger,
  });
  await apollo.start();
  const context = async (request: FastifyRequest, reply: FastifyReply) => contextOf(request, reply);
  return {
    answer: before(fastifyApolloHandler(apollo, { context })),
    stop: () => apollo.stop(),
  };
}

/** Has Apollo Server answer what every other way in answers: what is prepared alike and executed alike. */
function answering({
  prepare,
  execute,
  formatError,
}: Pick<ApolloParts, "prepare" | "execute" | "formatError">): ApolloServerPlugin<CallerContext> {
  return {
    async requestDidStart() {
      return {
        async responseForOperation({ source, request, contextValue }) {
          const { operationName, variables } = request;
          const prepared = prepare({ query: source, operationName, variables }, contextValue);
          const result = "schema" in prepared ? await answered(prepared) : { errors: prepared };
          const accept = request.http?.headers.get("accept");
          const { status, headers, body } = answerOf(result, { formatError, accept });
          return {
            http: { status, headers: new HeaderMap(Object.entries(headers)) },
            body: { kind: "single", singleResult: body },
          };
        },
      };
    },
  };

  async function answered(args: ExecutionArgs): Promise<ExecutionResult> {
    const operation = getOperationAST(args.document, args.operationName);
    return operation?.operation === OperationTypeNode.SUBSCRIPTION
      ? { errors: [subscriptionRefused()] }
      : await execute(args);
  }
}

/** HTTP has one answer to a request, and a subscription many. */
function subscriptionRefused(): GraphQLError {
  return new GraphQLError(
    "Subscriptions go over WebSocket (graphql-transport-ws) or as an event stream (accept: text/event-stream) to this same address.",
    { extensions: { code: "BAD_REQUEST" } },
  );
}
