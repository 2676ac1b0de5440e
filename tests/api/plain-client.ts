import WebSocket from "ws";
import type { DrawnOperation } from "./drawn-operation.js";
import type { ToldAnswer } from "./graphql-oracle.js";

/** A way in, without a client library: what has come stays as it came. */
export interface PlainClient extends AsyncDisposable {
  /** The first answers to an operation: one, or `events` of a subscription. */
  send(operation: DrawnOperation, events: number): Promise<readonly ToldAnswer[]>;
}

interface WireAnswer {
  readonly data?: unknown;
  readonly errors?: readonly Record<string, unknown>[];
}

/** `JSON.parse` keeps the order of GraphQL's names, and `__proto__` as a name like others. */
function toldOf({ data, errors = [] }: WireAnswer): ToldAnswer {
  return {
    data: data === undefined ? undefined : JSON.stringify(data),
    errors: errors
      .map(({ message, path, locations, extensions }) => {
        const { code } = (extensions ?? {}) as { code?: unknown };
        return JSON.stringify({ message, path, locations, code });
      })
      .sort(),
  };
}

function request(url: string, operation: DrawnOperation, accept: string) {
  return fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept },
    body: JSON.stringify(operation),
  });
}

export function overHttp(url: string): PlainClient {
  return {
    async send(operation) {
      const response = await request(url, operation, "application/graphql-response+json");
      return [toldOf((await response.json()) as WireAnswer)];
    },
    async [Symbol.asyncDispose]() {},
  };
}

export function overEventStream(url: string): PlainClient {
  return {
    async send(operation, events) {
      const response = await request(url, operation, "text/event-stream");
      const told: ToldAnswer[] = [];
      let text = "";
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk).toString();
        const messages = text.split("\n\n");
        text = messages.pop() ?? "";
        for (const message of messages) {
          const [, data] = /^event: next\ndata: (.*)$/m.exec(message) ?? [];
          if (data !== undefined) told.push(toldOf(JSON.parse(data) as WireAnswer));
          if (message.startsWith("event: complete") || told.length === events) {
            return told.slice(0, events); // which ends the request
          }
        }
      }
      throw new Error(`cut off after ${told.length}: ${response.status} ${text}`);
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** All of its operations on one connection; one that is closed fails those under way. */
export async function overWebSocket(url: string): Promise<PlainClient> {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/graphql`, "graphql-transport-ws");
  const takers = new Map<string, (message: { type: string; payload: unknown }) => void>();
  const failing = new Set<(error: Error) => void>();
  let count = 0;
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("open", () => socket.send('{"type":"connection_init"}'));
    socket.on("message", (data) => {
      const message = JSON.parse(String(data));
      if (message.type === "connection_ack") resolve();
      else takers.get(message.id)?.(message);
    });
  });
  socket.once("close", (code, reason) => {
    for (const fail of failing) fail(new Error(`closed with ${code} ${reason}`));
  });
  return {
    async send(operation, events) {
      if (socket.readyState !== socket.OPEN) throw new Error("the connection is closed");
      count += 1;
      const id = `${count}`;
      const told: ToldAnswer[] = [];
      try {
        await new Promise<void>((resolve, reject) => {
          failing.add(reject);
          takers.set(id, ({ type, payload }) => {
            if (type === "next") told.push(toldOf(payload as WireAnswer));
            if (type === "error")
              told.push(toldOf({ errors: payload as WireAnswer["errors"] & {} }));
            if (type !== "next" || told.length === events) resolve();
          });
          socket.send(JSON.stringify({ id, type: "subscribe", payload: operation }));
        });
      } finally {
        takers.delete(id);
        failing.clear();
        if (socket.readyState === socket.OPEN)
          socket.send(JSON.stringify({ id, type: "complete" }));
      }
      return told.slice(0, events);
    },
    async [Symbol.asyncDispose]() {
      socket.terminate();
    },
  };
}
