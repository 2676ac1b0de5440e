import { setMaxListeners } from "node:events";
import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import { ApolloServerPluginUsageReportingDisabled } from "@apollo/server/plugin/disabled";
import type { GatewayInterface } from "@apollo/server-gateway-interface";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import { context, propagation } from "@opentelemetry/api";
import type { FastifyError, FastifyInstance, FastifyReply } from "fastify";
import { GraphQLError } from "graphql";
import { presenceOf } from "./client-presence.js";
import { createCompiledExecution, executingBy } from "./compiled-execution.js";
import { createErrorFormat, type ErrorFormat } from "./error-format.js";
import { acceptsEventStream, createEventStreams } from "./event-stream.js";
import { createFeedContext, type FeedContext } from "./feed.resolver.js";
import { createFeedChannels } from "./feed-channels.js";
import { serveGraphiql } from "./graphiql.js";
import { limitsRule, TOKENS_MAX } from "./limits.js";
import { type ApiParts, createOperationApis } from "./operation-api.js";
import { operationMetrics } from "./operation-metrics.js";
import { createPrepareOperation, FAULTS_MAX } from "./prepare-operation.js";
import { createRepositoryUpdatesContext } from "./repository-updates.resolver.js";
import { createSchema } from "./schema.js";
import { createProtocol } from "./subscription-protocol.js";
import { startWebSocket } from "./websocket.js";

/** Of WebSockets and event streams, in number and in patience; each has a default. */
export interface ConnectionLimits {
  readonly connectionsMax?: number;
  readonly streamsMax?: number;
  /** From a WebSocket's opening to its `connection_init`. */
  readonly initMsMax?: number;
  /** Between pings; one that answers none is gone. */
  readonly heartbeatMs?: number;
  /** Without an operation. */
  readonly idleMsMax?: number;
  /** Without taking what it was sent. */
  readonly stallMs?: number;
}

export interface ApiOptions extends ApiParts {
  /** The process's HTTP server, not listening yet. */
  readonly server: FastifyInstance;
  readonly connectionLimits?: ConnectionLimits;
}

/**
 * GraphQL at /graphql: POST for operations, event streams and WebSocket for subscriptions too,
 * GraphiQL for a browser.
 */
export async function startApi({
  server,
  connectionLimits = {},
  ...parts
}: ApiOptions): Promise<{ stop(): Promise<void> }> {
  const { reader, logger, metrics } = parts;
  const apis = createOperationApis(parts);
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal); // one for each subscriber
  const contextValue = {
    ...createFeedContext(apis.onPrimary, stopping.signal),
    ...createRepositoryUpdatesContext(apis.onPrimary, stopping.signal),
  };
  const schema = await createSchema(apis);
  const formatError = createErrorFormat(logger);

  const execute = createCompiledExecution();
  const apollo = createApollo(executingBy(execute, schema), formatError, parts);
  await apollo.start();
  const prepare = createPrepareOperation(schema);
  const streams = createEventStreams({
    prepare,
    contextValue,
    formatError,
    metrics,
    ...connectionLimits,
  });
  const answer = fastifyApolloHandler(apollo, {
    context: async (_request, { raw }) => ({
      ...contextValue,
      ...presenceOf(raw, stopping.signal),
    }),
  });
  server.route({
    method: "POST",
    url: "/graphql",
    // A caller's trace goes on in the tasks that its operation publishes.
    preHandler: (request, _reply, done) =>
      context.with(propagation.extract(context.active(), request.headers), done),
    handler(request, reply) {
      if (acceptsEventStream(request)) return streams.handle(request, reply);
      return answer.call(server, request, reply);
    },
    errorHandler: (error, _request, reply) => sendFault(reply, error, formatError),
  });
  serveGraphiql(server, parts.exampleRepository);
  const webSocket = startWebSocket({
    server: server.server,
    protocol: createProtocol({
      ...{ prepare, contextValue, reader, formatError, metrics, ...connectionLimits },
      execute,
      channels: createFeedChannels({
        ...{ reader, execute },
        onDelivered: (count) => metrics.feedDeliveries.inc(count),
      }),
    }),
    logger,
    ...connectionLimits,
  });
  return {
    async stop() {
      streams.stop();
      await webSocket.stop();
      stopping.abort();
      await apollo.stop();
    },
  };
}

function createApollo(
  gateway: GatewayInterface,
  formatError: ErrorFormat,
  { logger, metrics }: ApiParts,
): ApolloServer<FeedContext> {
  return new ApolloServer<FeedContext>({
    gateway,
    formatError,
    validationRules: [limitsRule],
    validationOptions: { maxErrors: FAULTS_MAX },
    parseOptions: { maxTokens: TOKENS_MAX },
    introspection: true, // the playground's documentation
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginUsageReportingDisabled(),
      operationMetrics(metrics),
      subscriptionsRefused,
    ],
    logger,
  });
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

/** What fails before Apollo sees it (no JSON, too long a body), in the shape of its answers. */
function sendFault(reply: FastifyReply, error: FastifyError, formatError: ErrorFormat) {
  const status = error.statusCode ?? 500;
  const fault =
    status < 500
      ? new GraphQLError(error.message, { extensions: { code: "BAD_REQUEST" } })
      : new GraphQLError(error.message, { originalError: error });
  return reply.code(status).send({ errors: [formatError(fault.toJSON(), fault)] });
}
