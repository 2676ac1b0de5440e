import { setMaxListeners } from "node:events";
import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import { ApolloServerPluginUsageReportingDisabled } from "@apollo/server/plugin/disabled";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import { context, propagation } from "@opentelemetry/api";
import type { FastifyError, FastifyInstance, FastifyReply } from "fastify";
import { GraphQLError, type GraphQLSchema } from "graphql";
import { readCompleteness } from "../store/completeness-reader.js";
import { findRepositoriesByIds } from "../store/repository-reader.js";
import type { ApiDependencies } from "./dependencies.js";
import { createErrorFormat, type ErrorFormat } from "./error-format.js";
import { createFeedContext, type FeedContext } from "./feed.resolver.js";
import { serveGraphiql } from "./graphiql.js";
import { limitsRule, TOKENS_MAX } from "./limits.js";
import { createLoader } from "./loader.js";
import { operationMetrics } from "./operation-metrics.js";

import { createSchema } from "./schema.js";
import { createProtocol } from "./subscription-protocol.js";
import { startWebSocket } from "./websocket.js";

const FAULTS_MAX = 10;

export interface ApiOptions extends Omit<ApiDependencies, "repositories" | "completeness"> {
  /** The process's HTTP server, not listening yet. */
  readonly server: FastifyInstance;
}

/** GraphQL at /graphql: POST for operations, WebSocket for subscriptions too, GraphiQL for a browser. */
export async function startApi({
  server,
  ...given
}: ApiOptions): Promise<{ stop(): Promise<void> }> {
  const { database, logger, metrics } = given;
  const repositories = createLoader((ids) => findRepositoriesByIds(database, ids));
  const completeness = createLoader((ids) => readCompleteness(database, ids));
  const api: ApiDependencies = { ...given, repositories, completeness };
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal); // one for each subscriber
  const feedContext = createFeedContext(api, stopping.signal);
  const schema = await createSchema(api);
  const formatError = createErrorFormat(logger);

  const apollo = createApollo(schema, formatError, api);
  await apollo.start();
  server.route({
    method: "POST",
    url: "/graphql",
    // A caller's trace goes on in the tasks that its operation publishes.
    preHandler: (request, _reply, done) =>
      context.with(propagation.extract(context.active(), request.headers), done),
    handler: fastifyApolloHandler(apollo, { context: async () => feedContext }),
    errorHandler: (error, _request, reply) => sendFault(reply, error, formatError),
  });
  serveGraphiql(server, api.exampleRepository);
  const webSocket = startWebSocket({
    server: server.server,
    protocol: createProtocol({ schema, contextValue: feedContext, formatError, metrics }),
    logger,
  });
  return {
    async stop() {
      await webSocket.stop();
      stopping.abort();
      await apollo.stop();
    },
  };
}

function createApollo(
  schema: GraphQLSchema,
  formatError: ErrorFormat,
  { logger, metrics }: ApiDependencies,
): ApolloServer<FeedContext> {
  return new ApolloServer<FeedContext>({
    schema,
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
          "Subscriptions go over WebSocket (graphql-transport-ws) to this same address.",
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
