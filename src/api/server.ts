import { setMaxListeners } from "node:events";
import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import type { GatewayInterface } from "@apollo/server-gateway-interface";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyInstance } from "fastify";
import { GraphQLError, NoSchemaIntrospectionCustomRule, type ValidationRule } from "graphql";
import { presenceOf } from "./client-presence.js";
import { createCompiledExecution, executingBy } from "./compiled-execution.js";
import { createErrorFormat, type ErrorFormat } from "./error-format.js";
import { createEventStreams } from "./event-stream.js";
import { createFeedContext, type FeedContext } from "./feed.resolver.js";
import { createFeedChannels } from "./feed-channels.js";
import { serveGraphiql } from "./graphiql.js";
import type { CallerContext } from "./guard-schema.js";
import { createGuards, type GuardOptions } from "./guards.js";
import { httpStatus } from "./http-answer.js";
import { callerOf, servePost } from "./http-post.js";
import type { Caller } from "./key-ring.js";
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
  readonly guards: GuardOptions;
  /** Whether clients may ask for the schema, and whether browsers get GraphiQL. */
  readonly isIntrospectable: boolean;
  readonly hasPlayground: boolean;
  readonly connectionLimits?: ConnectionLimits;
}

/**
 * GraphQL at /graphql: POST for operations, event streams and WebSocket for subscriptions too,
 * GraphiQL for a browser. Whichever way an operation comes, the same guards stand before it.
 */
export async function startApi({
  server,
  guards: guardOptions,
  isIntrospectable,
  hasPlayground,
  connectionLimits = {},
  ...parts
}: ApiOptions): Promise<{ stop(): Promise<void> }> {
  const { reader, logger, metrics } = parts;
  const apis = createOperationApis(parts);
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal); // one for each subscriber
  const subscriptions = {
    ...createFeedContext(apis.onPrimary, stopping.signal),
    ...createRepositoryUpdatesContext(apis.onPrimary, stopping.signal),
  };
  const schema = await createSchema(apis);
  const formatError = createErrorFormat(logger);

  const guards = createGuards(guardOptions);
  const contextOf = (caller: Caller): RequestContext => ({ ...subscriptions, caller });
  const rules = [limitsRule, ...(isIntrospectable ? [] : [NoSchemaIntrospectionCustomRule])];

  const execute = createCompiledExecution();
  const apollo = createApollo(executingBy(execute, schema), formatError, rules, parts);
  await apollo.start();
  const prepare = createPrepareOperation(schema, rules);
  const streams = createEventStreams({
    ...{ prepare, contextOf, guards, formatError, metrics, ...connectionLimits },
  });
  const answer = fastifyApolloHandler(apollo, {
    context: async (request, { raw }) => ({
      ...contextOf(callerOf(request)),
      ...presenceOf(raw, stopping.signal),
    }),
  });
  await servePost(server, { guards, origins: guardOptions.origins, formatError, streams, answer });
  serveGraphiql(server, { exampleRepository: parts.exampleRepository, hasPlayground });
  const webSocket = startWebSocket({
    server: server.server,
    protocol: createProtocol({
      ...{ prepare, execute, contextOf, guards, reader, formatError, metrics },
      ...connectionLimits,
      channels: createFeedChannels({
        ...{ reader, execute },
        onDelivered: (count) => metrics.feedDeliveries.inc(count),
      }),
    }),
    guards,
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

interface RequestContext extends FeedContext, CallerContext {}

function createApollo(
  gateway: GatewayInterface,
  formatError: ErrorFormat,
  rules: readonly ValidationRule[],
  { logger, metrics }: ApiParts,
): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
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
