import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { CloseCode, handleProtocols, type Server as ProtocolServer } from "graphql-ws";
import type { Logger } from "pino";
import { type WebSocket, WebSocketServer } from "ws";

const PATH = "/graphql";
const MESSAGE_BYTES_MAX = 64 * 1_024;
const CONNECTIONS_MAX = 10_000;
const HEARTBEAT_MS = 12_000; // a client that answers none in this time is gone
const CLOSE_MS_MAX = 1_000;

export interface WebSocketOptions {
  readonly server: Server;
  readonly protocol: ProtocolServer<WebSocketExtra>;
  readonly logger: Logger;
}

export interface WebSocketExtra {
  close(code: number, reason: string): void;
}

/** Carries `graphql-transport-ws` at /graphql. `stop` closes every connection with 1001. */
export function startWebSocket({ server, protocol, logger }: WebSocketOptions): {
  stop(): Promise<void>;
} {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
    handleProtocols,
  });
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = refusalOf(request, sockets.clients.size);
    if (refusal === null) {
      sockets.handleUpgrade(request, socket, head, (client) => serve(client, protocol, logger));
    } else {
      socket.on("error", () => {}); // it is being closed anyway
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    }
  };
  server.on("upgrade", upgrade);
  return {
    async stop() {
      server.off("upgrade", upgrade);
      sockets.close();
      await Promise.all([...sockets.clients].map(sendAway));
    },
  };
}

function refusalOf(request: IncomingMessage, connectionCount: number): string | null {
  if (request.url?.split("?", 1)[0] !== PATH) return "404 Not Found";
  if (!isOwnOrigin(request)) return "403 Forbidden";
  return connectionCount < CONNECTIONS_MAX ? null : "503 Service Unavailable";
}

/** Browsers let any page open a WebSocket to anywhere, this machine included; ours alone may. */
function isOwnOrigin({ headers: { origin, host } }: IncomingMessage): boolean {
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

function serve(client: WebSocket, protocol: ProtocolServer<WebSocketExtra>, logger: Logger): void {
  const closed = protocol.opened(
    {
      protocol: client.protocol,
      // Resolves when the bytes are out: a slow reader slows its own stream and nobody else.
      send: (text) =>
        new Promise((resolve, reject) => {
          if (client.readyState !== client.OPEN) return resolve();
          client.send(text, (error) => (error ? reject(error) : resolve()));
        }),
      close: (code, reason) => client.close(code, reason),
      onMessage: (receive) =>
        client.on("message", (data) => {
          receive(String(data)).catch((err: unknown) => {
            if (client.readyState !== client.OPEN) return; // it left while being answered
            logger.error({ err }, "websocket message failed");
            client.close(CloseCode.InternalServerError, "Internal server error");
          });
        }),
    },
    { close: (code, reason) => client.close(code, reason) },
  );
  const stopHeartbeat = startHeartbeat(client);
  client.on("error", (err) => logger.debug({ err }, "websocket failed"));
  client.once("close", (code, reason) => {
    stopHeartbeat();
    closed(code, String(reason)).catch((err: unknown) =>
      logger.error({ err }, "websocket not closed cleanly"),
    );
  });
}

function startHeartbeat(client: WebSocket): () => void {
  let isAlive = true;
  client.on("pong", () => {
    isAlive = true;
  });
  const timer = setInterval(() => {
    if (!isAlive) return client.terminate();
    isAlive = false;
    client.ping();
  }, HEARTBEAT_MS);
  return () => clearInterval(timer);
}

async function sendAway(client: WebSocket): Promise<void> {
  const gone = once(client, "close");
  client.close(1001, "Going away: come back with the last cursor");
  await Promise.race([gone, delay(CLOSE_MS_MAX)]);
  client.terminate();
}
