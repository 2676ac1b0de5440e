import { setMaxListeners } from "node:events";
import type { FastifyInstance } from "fastify";
import { NoSchemaIntrospectionCustomRule } from "graphql";
import type { OnLimit } from "../telemetry/metrics/api-metrics.js";
import { createGuards, type GuardOptions } from "./access/guards.js";
import type { Caller } from "./access/key-ring.js";
import type { StrangerLimits } from "./access/strangers.js";
import { createCompiledExecution } from "./execution/compiled-execution.js";
import { createErrorFormat } from "./execution/error-format.js";
import { createLimitsRule } from "./execution/limits.js";
import { observedExecution } from "./execution/observed-execution.js";
import { type ApiParts, createOperationApis } from "./execution/operation-api.js";
import { createPrepareOperation } from "./execution/prepare-operation.js";
import { createSingleAnswer } from "./execution/single-answer.js";
import { createValidDocuments } from "./execution/valid-documents.js";
import { startApollo } from "./http/apollo.js";
import { type PresenceContext, presenceOf } from "./http/client-presence.js";
import { callerOf, serveOperations } from "./http/operations-route.js";
import { boundOutflow, type OutflowOptions } from "./http/outflow.js";
import { createEventStreams } from "./live/event-stream.js";
import { createDeliver } from "./live/live-delivery.js";
import { createProtocol } from "./live/subscription-protocol.js";
import { startWebSocket } from "./live/websocket.js";
import { serveGraphiql } from "./playground/graphiql.js";
import { createFeedContext } from "./schema/feed/feed.resolver.js";
import { createRepositoryUpdatesContext } from "./schema/repositories/repository-updates.resolver.js";
import { createSchema } from "./schema/schema.js";
import { serveWeb } from "./web/serve-web.js";

/** Of WebSockets and event streams, in number and in patience; each has a default. */
export interface ConnectionLimits extends StrangerLimits, OutflowOptions {
  readonly connectionsMax?: number;
  readonly streamsMax?: number;
  /** From a WebSocket's opening to its `connection_init`. */
  readonly initMsMax?: number;
  /** Between pings; one that answers none is gone. */
  readonly heartbeatMs?: number;
  /** Without an operation. */
  readonly idleMsMax?: number;
  /** Between two bookmarks of a subscription. */
  readonly bookmarkMs?: number;
}

export interface ApiOptions extends ApiParts {
  /** The process's HTTP server, not listening yet. */
  readonly server: FastifyInstance;
  readonly guards: GuardOptions;
  /** Whether clients may ask for the schema, and whether browsers get GraphiQL. */
  readonly isIntrospectable: boolean;
  readonly hasPlayground: boolean;
  /** Whether there is the page at `/`. */
  readonly hasWeb: boolean;
  readonly connectionLimits?: ConnectionLimits;
}

/**
 * GraphQL at /graphql: POST for operations, event streams and WebSocket for subscriptions too,
 * GraphiQL for a browser, and the page at `/`. Whichever way an operation comes, the same guards stand before it.
 */
export async function startApi({
  server,
  guards: guardOptions,
  isIntrospectable,
  hasPlayground,
  hasWeb,
  connectionLimits = {},
  ...parts
}: ApiOptions): Promise<{ stop(): Promise<void> }> {
  const { reader, logger, metrics } = parts;
  const onLimit: OnLimit = (limit) => metrics.limitsHit.inc({ limit });
  const apis = createOperationApis(parts);
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal); // one for each subscriber
  const { feed } = createFeedContext(apis, stopping.signal);
  const { repositoryUpdates } = createRepositoryUpdatesContext(apis, stopping.signal);
  const schema = await createSchema(apis);
  const formatError = createErrorFormat(logger, { suggests: isIntrospectable, onLimit });

  const guards = createGuards(guardOptions);
  const contextOf = (caller: Caller, presence?: PresenceContext) => ({
    caller,
    feed,
    repositoryUpdates,
    ...presence,
  });
  const rules = [
    createLimitsRule(onLimit),
    ...(isIntrospectable ? [] : [NoSchemaIntrospectionCustomRule]),
  ];

  const execute = observedExecution(createCompiledExecution(), metrics);
  const documents = createValidDocuments(schema, rules, onLimit);
  const prepare = createPrepareOperation(schema, documents, onLimit);
  const singleAnswer = createSingleAnswer({ prepare, execute });
  const { answer, stop: stopApollo } = await startApollo({
    ...{ schema, singleAnswer, formatError, logger, metrics },
    contextOf: (request, { raw }) => contextOf(callerOf(request), presenceOf(raw, stopping.signal)),
  });
  const outflow = boundOutflow(server.server, {
    ...connectionLimits,
    onEnded: () => metrics.slowSubscribers.inc(),
  });
  const deliver = createDeliver({ ...{ reader, execute, metrics }, ...connectionLimits });
  const streams = createEventStreams({
    ...{ prepare, execute, deliver, guards, formatError, metrics, ...connectionLimits },
    contextOf: (caller, raw) => contextOf(caller, presenceOf(raw, stopping.signal)),
  });
  await serveOperations(server, {
    ...{ guards, origins: guardOptions.origins, formatError, streams, answer },
    typeOf: documents.typeOf,
    page: hasPlayground ? serveGraphiql(server, parts.exampleRepository) : null,
  });
  if (hasWeb) serveWeb(server, { hasPlayground });
  const webSocket = startWebSocket({
    server: server.server,
    protocol: createProtocol({
      ...{ prepare, execute, deliver, contextOf, guards, formatError, metrics },
      ...connectionLimits,
    }),
    guards,
    logger,
    onLimit,
    ...connectionLimits,
  });
  metrics.readFrom({
    name: "connections",
    gauges: [metrics.connections, metrics.unread, metrics.feedPosition],
    read: () => ({ unreadBytes: outflow.unreadBytes(), position: reader.position() }),
    set({ unreadBytes, position }) {
      metrics.connections.set({ protocol: "websocket" }, webSocket.count());
      metrics.connections.set({ protocol: "event_stream" }, streams.count());
      metrics.unread.set(unreadBytes);
      metrics.feedPosition.set(Number(position));
    },
  });
  return {
    async stop() {
      streams.stop();
      await webSocket.stop();
      stopping.abort();
      await stopApollo();
      outflow.stop();
    },
  };
}
