import type { Server } from "node:http";
import {
  type ExecutionArgs,
  GraphQLError,
  type GraphQLSchema,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { CloseCode } from "graphql-ws";
import { useServer as serveWebSockets } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";
import type { createErrorFormat } from "./error-format.js";
import { limitsRule, TOKENS_MAX } from "./limits.js";

const PATH = "/graphql";
const MESSAGE_BYTES_MAX = 64 * 1_024;
const INIT_MS_MAX = 10_000;
const CONNECTIONS_MAX = 10_000;
const SUBSCRIPTIONS_MAX = 50; // of one connection
const BUFFERED_BYTES_MAX = 8 * 1_024 * 1_024;

export interface WebSocketOptions {
  readonly server: Server;
  readonly schema: GraphQLSchema;
  readonly contextValue: object;
  readonly formatError: ReturnType<typeof createErrorFormat>;
}

/** `graphql-transport-ws` at /graphql, under the same limits and errors as HTTP. */
export function startWebSocket({ server, schema, contextValue, formatError }: WebSocketOptions): {
  stop(): Promise<void>;
} {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
  });
  server.on("upgrade", (request, socket, head) => {
    const isOurs = new URL(request.url ?? "", "http://localhost").pathname === PATH;
    if (!isOurs || sockets.clients.size >= CONNECTIONS_MAX) return void socket.destroy();
    sockets.handleUpgrade(request, socket, head, (client) =>
      sockets.emit("connection", client, request),
    );
  });

  const present = (error: GraphQLError) => {
    const { message, path, locations, extensions } = formatError(error.toJSON(), error);
    return {
      message,
      ...(path && { path }),
      ...(locations && { locations }),
      ...(extensions && { extensions }),
    };
  };
  const cleanup = serveWebSockets(
    {
      schema,
      connectionInitWaitTimeout: INIT_MS_MAX,
      onSubscribe(context, id, { query, variables, operationName }) {
        if (Object.keys(context.subscriptions).length > SUBSCRIPTIONS_MAX) {
          context.extra.socket.close(
            CloseCode.BadRequest,
            `More than ${SUBSCRIPTIONS_MAX} subscriptions`,
          );
          return [new GraphQLError(`More than ${SUBSCRIPTIONS_MAX} subscriptions on ${id}`)];
        }
        try {
          const document = parse(query, { maxTokens: TOKENS_MAX });
          const faults = validate(schema, document, [...specifiedRules, limitsRule]);
          if (faults.length > 0) return faults;
          const args: ExecutionArgs = {
            schema,
            document,
            contextValue,
            variableValues: variables ?? {},
            ...(operationName != null && { operationName }),
          };
          return args;
        } catch (error) {
          if (error instanceof GraphQLError) return [error];
          throw error;
        }
      },
      onError: (_context, _id, _payload, errors) =>
        errors.map((error) => present(toGraphQLError(error))),
      onNext(context, _id, _payload, _args, result) {
        // A subscriber that does not read is let go; its cursor brings it back.
        if (context.extra.socket.bufferedAmount > BUFFERED_BYTES_MAX) {
          context.extra.socket.close(SLOW_CONSUMER, "Too slow: come back with the last cursor");
        }
        const { data, errors, extensions } = result;
        if (errors === undefined) return undefined;
        return {
          data: data ?? null,
          errors: errors.map(present),
          ...(extensions && { extensions }),
        };
      },
    },
    sockets,
  );
  return {
    async stop() {
      for (const client of sockets.clients)
        client.close(1001, "Going away: come back with the last cursor");
      await cleanup.dispose();
    },
  };
}

const SLOW_CONSUMER = 4_508;

function toGraphQLError(error: unknown): GraphQLError {
  return error instanceof GraphQLError ? error : new GraphQLError(String((error as Error).message));
}
