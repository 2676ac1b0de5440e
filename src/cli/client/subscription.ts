import { type Client, createClient, type SubscribePayload } from "graphql-ws";
import WebSocket from "ws";
import { carriedTrace } from "../../telemetry/traces/carried-trace.js";
import type { ServerAddress } from "./server-address.js";
import { lost, ServerError, unreachable } from "./server-error.js";

const CONNECT_MS_MAX = 10_000;
const PING_EVERY_MS = 10_000;
const PONG_MS_MAX = 10_000; // a connection that is silent for longer leads nowhere
const MESSAGE_BYTES_MAX = 64 * 1_024 * 1_024;
/** Results that wait to be taken: with so many nothing is read from the socket, with few it goes on. */
const WAITING = { most: 64, few: 16 };

class BoundedWebSocket extends WebSocket {
  constructor(url: string, protocols: string) {
    super(url, protocols, {
      ...{ handshakeTimeout: CONNECT_MS_MAX, maxPayload: MESSAGE_BYTES_MAX },
      headers: carriedTrace(),
    });
  }
}

/**
 * The results of one subscription over one connection. Rejects with `ServerError` when the server
 * refuses it, or when the connection is lost; ends when the server ends it.
 */
export async function* subscribe<Data>(
  address: ServerAddress,
  payload: SubscribePayload,
): AsyncGenerator<Data, void, undefined> {
  const line = openLine(address);
  try {
    for await (const { data, errors } of line.client.iterate<Data>(payload)) {
      line.taken();
      if (errors !== undefined) throw refusalOf(errors);
      if (data != null) yield data;
    }
  } catch (error) {
    throw error instanceof ServerError ? error : failureOf(error, address);
  } finally {
    line.close();
  }
}

function openLine({ graphql, key }: ServerAddress) {
  const url = new URL(graphql);
  url.protocol = url.protocol.replace("http", "ws");
  let socket: WebSocket | undefined;
  let waitingCount = 0;
  let pongTimer: NodeJS.Timeout | undefined;
  const client: Client = createClient({
    url: url.href,
    webSocketImpl: BoundedWebSocket,
    retryAttempts: 0,
    connectionAckWaitTimeout: CONNECT_MS_MAX,
    keepAlive: PING_EVERY_MS,
    ...(key !== undefined && { connectionParams: { authorization: `Bearer ${key}` } }),
    on: {
      opened: (opened) => {
        socket = opened as WebSocket;
      },
      message: ({ type }) => {
        if (type !== "next") return;
        waitingCount += 1;
        if (waitingCount >= WAITING.most) socket?.pause();
      },
      ping: (isReceived) => {
        // Paused, it is we who do not listen.
        if (isReceived || socket?.isPaused === true) return;
        pongTimer = setTimeout(() => client.terminate(), PONG_MS_MAX);
      },
      pong: (isReceived) => {
        if (isReceived) clearTimeout(pongTimer);
      },
      closed: () => clearTimeout(pongTimer),
    },
  });
  return {
    client,
    taken() {
      waitingCount -= 1;
      if (waitingCount <= WAITING.few && socket?.isPaused === true) socket.resume();
    },
    close() {
      clearTimeout(pongTimer);
      socket?.terminate();
    },
  };
}

interface Refusal {
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

function refusalOf([first]: readonly Refusal[]): ServerError {
  const { code } = first?.extensions ?? {};
  const message = first?.message ?? "The server refuses without saying why.";
  return new ServerError(typeof code === "string" ? code : "BAD_REQUEST", message);
}

/** Codes of closed connections that would be closed again. https://github.com/enisdenjo/graphql-ws */
const REFUSING_CLOSE = new Map([
  [4400, "BAD_REQUEST"],
  [4401, "UNAUTHENTICATED"],
  [4403, "UNAUTHENTICATED"], // the key is unknown, or was revoked
  [4406, "BAD_REQUEST"],
]);
const REFUSING_STATUS = new Map([
  ["401", "UNAUTHENTICATED"],
  ["403", "FORBIDDEN"],
]);

function failureOf(failure: unknown, address: ServerAddress): ServerError {
  if (Array.isArray(failure)) return refusalOf(failure as Refusal[]);
  const facts = failure as { code?: unknown; reason?: unknown; message?: unknown; error?: unknown };
  if (typeof facts.code === "number") {
    const reason = String(facts.reason || `closed with ${facts.code}`);
    const code = REFUSING_CLOSE.get(facts.code);
    return code === undefined
      ? lost(address.graphql.origin, reason, failure)
      : new ServerError(code, reason);
  }
  const message = String(facts.message || (facts.error as NodeJS.ErrnoException | undefined)?.code);
  const code = REFUSING_STATUS.get(/server response: (\d+)/.exec(message)?.[1] ?? "");
  return code === undefined
    ? unreachable(address, message, failure)
    : new ServerError(code, message);
}
