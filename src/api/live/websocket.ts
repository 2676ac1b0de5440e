import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { context, propagation, ROOT_CONTEXT } from "@opentelemetry/api";
import { CloseCode, handleProtocols, type Server as ProtocolServer } from "graphql-ws";
import type { Logger } from "pino";
import { type WebSocket, WebSocketServer } from "ws";
import type { OnLimit } from "../../telemetry/metrics/api-metrics.js";
import type { Guards } from "../access/guards.js";
import type { Caller } from "../access/key-ring.js";
import { createStrangers, type StrangerLimits } from "../access/strangers.js";
import type { MessageSink } from "./message-sink.js";
import { OperationPresences } from "./operation-presences.js";
import { textFrame } from "./text-frame.js";
import { turnsOf } from "./websocket-turns.js";

const PATH = "/graphql";
const MESSAGE_BYTES_MAX = 64 * 1_024;
/** Of a message by who has not said who it is. */
const FIRST_BYTES_MAX = 8 * 1_024;
/** Of one process, half of them at most of one key. */
export const CONNECTIONS_MAX = 10_000;
const HEARTBEAT_MS = 12_000; // a client that answers none in this time is gone
const IDLE_MS_MAX = 10 * 60_000;
const CLOSE_MS_MAX = 1_000;
const TAIL = Buffer.from("}");
const IDLE = { code: 4499, reason: "Idle: no operation for ten minutes" };

export interface WebSocketOptions extends StrangerLimits {
  readonly server: Server;
  readonly protocol: ProtocolServer<WebSocketExtra>;
  readonly guards: Pick<Guards, "checkOrigin" | "addressOf">;
  readonly logger: Logger;
  readonly onLimit: OnLimit;
  readonly connectionsMax?: number | undefined;
  readonly heartbeatMs?: number | undefined;
  readonly idleMsMax?: number | undefined;
}

/** What the protocol knows of the connection that it speaks over. */
export interface WebSocketExtra {
  close(code: number, reason: string): void;
  /** Where the messages of one operation go, past the protocol's server. */
  sinkOf(operationId: string): MessageSink;
  /** Set once the connection is acknowledged: operations under way. */
  countOperations: () => number;
  /** Where it comes from, and the header that it came with. */
  readonly address: string;
  readonly authorization: string | undefined;
  /** Set before the connection is acknowledged. */
  caller: Caller | null;
  /** To be called then. */
  readonly known: () => void;
  /** Resolves when the connection is closed, by whomever. */
  readonly gone: Promise<void>;
  readonly presences: OperationPresences;
}

/** Carries `graphql-transport-ws` at /graphql. `stop` closes every connection with 1001. */
export function startWebSocket({
  server,
  protocol,
  guards,
  logger,
  onLimit,
  ...limits
}: WebSocketOptions): {
  /** Connections that are open now. */
  count(): number;
  stop(): Promise<void>;
} {
  const { connectionsMax = CONNECTIONS_MAX } = limits;
  const { heartbeatMs = HEARTBEAT_MS, idleMsMax = IDLE_MS_MAX } = limits;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
    autoPong: false, // see `turnsOf`
    handleProtocols,
  });
  const strangers = createStrangers(limits);
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const address = guards.addressOf(request);
    const refusal = refusalOf(request, guards);
    const isFull = sockets.clients.size >= connectionsMax;
    const known = isFull ? null : strangers.admit(address, () => socket.destroy());
    if (known !== null) socket.once("close", known);
    if (refusal === null && known !== null) {
      sockets.handleUpgrade(request, socket, head, (client) => {
        const extra = serve(client, request, { protocol, logger, address, known });
        watchOver(client, extra, { heartbeatMs, idleMsMax });
      });
    } else {
      if (refusal === null) onLimit("connections");
      socket.on("error", () => {}); // it is being closed anyway
      const status = refusal ?? "503 Service Unavailable";
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    }
  };
  server.on("upgrade", upgrade);
  return {
    count: () => sockets.clients.size,
    async stop() {
      server.off("upgrade", upgrade);
      sockets.close();
      await Promise.all([...sockets.clients].map(sendAway));
    },
  };
}

function refusalOf(request: IncomingMessage, guards: Pick<Guards, "checkOrigin">): string | null {
  if (request.url?.split("?", 1)[0] !== PATH) return "404 Not Found";
  try {
    guards.checkOrigin(request.headers); // browsers let any page open a WebSocket to anywhere
  } catch {
    return "403 Forbidden";
  }
  return null;
}

interface Serving extends Pick<WebSocketOptions, "protocol" | "logger"> {
  readonly address: string;
  /** Called once it has said who it is. */
  readonly known: () => void;
}

function serve(
  client: WebSocket,
  { socket, headers }: IncomingMessage,
  { protocol, logger, address, known }: Serving,
): WebSocketExtra {
  const close = (code: number, reason: string) => closeSoon(client, code, reason);
  const extra: WebSocketExtra = {
    sinkOf(operationId) {
      const head = Buffer.from(`{"id":${JSON.stringify(operationId)},"type":"next","payload":`);
      return {
        // Whole frames, past `client.send`, which has the network take header and message apart.
        push(payload) {
          if (client.readyState !== client.OPEN) return;
          gather(socket);
          socket.write(textFrame([head, payload, TAIL]));
        },
        get bufferedBytes() {
          return socket.writableLength;
        },
        // A ping is out when everything before it is.
        flushed: () => new Promise((resolve) => client.ping(undefined, undefined, () => resolve())),
        close,
      };
    },
    close,
    countOperations: () => 0,
    address,
    authorization: headers.authorization,
    caller: null,
    known,
    gone: new Promise((resolve) => client.once("close", () => resolve())),
    presences: new OperationPresences(),
  };
  void extra.gone.then(() => extra.presences.leave());
  const carried = propagation.extract(ROOT_CONTEXT, headers); // a caller's trace, for all of its operations
  const inTurn = turnsOf(client, socket);
  client.on("ping", (data) => inTurn(data, () => client.pong(data)));
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
          const message = data as Buffer; // one, not in fragments
          if (extra.caller === null && message.length > FIRST_BYTES_MAX) {
            return close(CloseCode.BadRequest, "Too long before the connection is acknowledged");
          }
          inTurn(message, () => {
            const text = String(message);
            extra.presences.hear(text);
            context.with(carried, receive, undefined, text).catch((err: unknown) => {
              if (client.readyState !== client.OPEN) return; // it left while being answered
              logger.error({ err }, "websocket message failed");
              close(CloseCode.InternalServerError, "Internal server error");
            });
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

/** What is written until this turn ends goes out as one, as over an event stream. */
function gather(socket: Duplex): void {
  if (socket.writableCorked > 0) return;
  socket.cork();
  process.nextTick(() => socket.uncork());
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
    if (client.isPaused) return; // it has not taken what it was sent, and its pong is not read
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
