import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { CloseCode, handleProtocols, type Server as ProtocolServer } from "graphql-ws";
import type { Logger } from "pino";
import { type WebSocket, WebSocketServer } from "ws";
import type { Guards } from "../access/guards.js";
import type { Caller } from "../access/key-ring.js";
import type { MessageSink } from "./feed-delivery.js";

const PATH = "/graphql";
const MESSAGE_BYTES_MAX = 64 * 1_024;
const CONNECTIONS_MAX = 10_000;
const HEARTBEAT_MS = 12_000; // a client that answers none in this time is gone
const IDLE_MS_MAX = 10 * 60_000;
const CLOSE_MS_MAX = 1_000;
const IDLE = { code: 4499, reason: "Idle: no operation for ten minutes" };

export interface WebSocketOptions {
  readonly server: Server;
  readonly protocol: ProtocolServer<WebSocketExtra>;
  readonly guards: Pick<Guards, "checkOrigin">;
  readonly logger: Logger;
  readonly connectionsMax?: number | undefined;
  readonly heartbeatMs?: number | undefined;
  readonly idleMsMax?: number | undefined;
}

/** What the protocol knows of the connection that it speaks over. */
export interface WebSocketExtra extends MessageSink {
  /** Set once the connection is acknowledged: operations under way. */
  countOperations: () => number;
  /** Where it comes from, and the header that it came with. */
  readonly address: string;
  readonly authorization: string | undefined;
  /** Set before the connection is acknowledged. */
  caller: Caller | null;
  /** Resolves when the connection is closed, by whomever. */
  readonly gone: Promise<void>;
}

/** Carries `graphql-transport-ws` at /graphql. `stop` closes every connection with 1001. */
export function startWebSocket({ server, protocol, guards, logger, ...limits }: WebSocketOptions): {
  stop(): Promise<void>;
} {
  const { connectionsMax = CONNECTIONS_MAX } = limits;
  const { heartbeatMs = HEARTBEAT_MS, idleMsMax = IDLE_MS_MAX } = limits;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
    handleProtocols,
  });
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = refusalOf(request, guards, sockets.clients.size >= connectionsMax);
    if (refusal === null) {
      sockets.handleUpgrade(request, socket, head, (client) => {
        const extra = serve(client, request, protocol, logger);
        watchOver(client, extra, { heartbeatMs, idleMsMax });
      });
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

function refusalOf(
  request: IncomingMessage,
  guards: Pick<Guards, "checkOrigin">,
  isFull: boolean,
): string | null {
  if (request.url?.split("?", 1)[0] !== PATH) return "404 Not Found";
  try {
    guards.checkOrigin(request.headers); // browsers let any page open a WebSocket to anywhere
  } catch {
    return "403 Forbidden";
  }
  return isFull ? "503 Service Unavailable" : null;
}

function serve(
  client: WebSocket,
  { socket, headers }: IncomingMessage,
  protocol: ProtocolServer<WebSocketExtra>,
  logger: Logger,
): WebSocketExtra {
  const close = (code: number, reason: string) => closeSoon(client, code, reason);
  const extra: WebSocketExtra = {
    // Whole frames, past `client.send`, which has the network take header and message apart.
    push(head, rest) {
      if (client.readyState === client.OPEN) socket.write(textFrame(head, rest));
    },
    get bufferedBytes() {
      return socket.writableLength;
    },
    // A ping is out when everything before it is.
    flushed: () => new Promise((resolve) => client.ping(undefined, undefined, () => resolve())),
    close,
    countOperations: () => 0,
    address: socket.remoteAddress ?? "",
    authorization: headers.authorization,
    caller: null,
    gone: new Promise((resolve) => client.once("close", () => resolve())),
  };
  const closed = protocol.opened(
    {
      protocol: client.protocol,
      // Resolves when the bytes are out: a slow reader slows its own stream and nobody else.
      send: (text) =>
        new Promise((resolve, reject) => {
          if (client.readyState !== client.OPEN) return resolve();
          client.send(text, (error) => (error ? reject(error) : resolve()));
        }),
      close,
      onMessage: (receive) =>
        client.on("message", (data) => {
          receive(String(data)).catch((err: unknown) => {
            if (client.readyState !== client.OPEN) return; // it left while being answered
            logger.error({ err }, "websocket message failed");
            close(CloseCode.InternalServerError, "Internal server error");
          });
        }),
    },
    extra,
  );
  client.on("error", (err) => logger.debug({ err }, "websocket failed"));
  client.once("close", (code, reason) => {
    closed(code, String(reason)).catch((err: unknown) =>
      logger.error({ err }, "websocket not closed cleanly"),
    );
  });
  return extra;
}

/** Cuts off a client that answers no ping, and closes one that has had nothing to do for long. */
function watchOver(
  client: WebSocket,
  extra: WebSocketExtra,
  { heartbeatMs, idleMsMax }: { heartbeatMs: number; idleMsMax: number },
): void {
  let isAlive = true;
  let busyAt = performance.now();
  client.on("pong", () => {
    isAlive = true;
  });
  client.on("message", () => {
    busyAt = performance.now();
  });
  const timer = setInterval(() => {
    if (!isAlive) return client.terminate();
    if (extra.countOperations() > 0) busyAt = performance.now();
    if (performance.now() - busyAt > idleMsMax) return extra.close(IDLE.code, IDLE.reason);
    isAlive = false;
    client.ping();
  }, heartbeatMs);
  client.once("close", () => clearInterval(timer));
}

/** One that does not take what is buffered does not take the close either. */
function closeSoon(client: WebSocket, code: number, reason: string): void {
  if (client.readyState !== client.OPEN) return;
  client.close(code, reason);
  const timer = setTimeout(() => client.terminate(), CLOSE_MS_MAX);
  client.once("close", () => clearTimeout(timer));
}

async function sendAway(client: WebSocket): Promise<void> {
  const gone = once(client, "close");
  closeSoon(client, 1001, "Going away: come back with the last cursor");
  await Promise.race([gone, delay(CLOSE_MS_MAX)]);
}

const FIN_TEXT = 0x81;

/** An unmasked text frame of a message in two parts. https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
function textFrame(head: Buffer, rest: Buffer): Buffer {
  const length = head.length + rest.length;
  const headerLength = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerLength + length);
  frame[0] = FIN_TEXT;
  if (headerLength === 2) frame[1] = length;
  else if (headerLength === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  head.copy(frame, headerLength);
  rest.copy(frame, headerLength + head.length);
  return frame;
}
