import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyInstance } from "fastify";
import { findRepositoriesByIds } from "../store/repository-reader.js";
import type { Metrics } from "../telemetry/metrics.js";
import type { ApiDependencies } from "./dependencies.js";
import { createErrorFormat } from "./error-format.js";
import { createFeedContext, type FeedContext } from "./feed.resolver.js";
import { serveGraphiql } from "./graphiql.js";
import { limitsRule, TOKENS_MAX } from "./limits.js";
import { createRepositoryLoader } from "./repository-loader.js";
import { createSchema } from "./schema.js";
import { startWebSocket } from "./websocket.js";

export interface ApiOptions extends Omit<ApiDependencies, "repositories"> {
  /** The process's HTTP server, not listening yet. */
  readonly server: FastifyInstance;
}

/** GraphQL at /graphql: POST for operations, WebSocket for subscriptions too, GraphiQL for a browser. */
export async function startApi({
  server,
  ...given
}: ApiOptions): Promise<{ stop(): Promise<void> }> {
  const { database, logger, metrics } = given;
  const repositories = createRepositoryLoader((ids) => findRepositoriesByIds(database, ids));
  const api: ApiDependencies = { ...given, repositories };
  const stopping = new AbortController();
  const context = createFeedContext(api, stopping.signal);
  const schema = await createSchema(api);
  const formatError = createErrorFormat(logger);

  const apollo = new ApolloServer<FeedContext>({
    schema,
    formatError,
    validationRules: [limitsRule],
    parseOptions: { maxTokens: TOKENS_MAX },
    introspection: true, // the playground's documentation
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    plugins: [metricsPlugin(metrics)],
    logger,
  });
  await apollo.start();
  server.route({
    method: "POST",
    url: "/graphql",
    handler: fastifyApolloHandler(apollo, { context: async () => context }),
  });
  serveGraphiql(server);
  const webSocket = startWebSocket({
    server: server.server,
    schema,
    contextValue: context,
    formatError,
  });
  return {
    async stop() {
      await webSocket.stop();
      stopping.abort();
      await apollo.stop();
    },
  };
}

function metricsPlugin({
  operations,
  operationDuration,
}: Metrics): ApolloServerPlugin<FeedContext> {
  return {
    async requestDidStart() {
      const startedAt = performance.now();
      return {
        async willSendResponse({ operation, errors }) {
          const type = operation?.operation ?? "unknown";
          const code = errors?.[0]?.extensions.code;
          const outcome = errors === undefined ? "ok" : typeof code === "string" ? code : "error";
          operations.inc({ type, outcome });
          operationDuration.observe({ type }, (performance.now() - startedAt) / 1_000);
        },
      };
    },
  };
}
