import type { FastifyReply } from "fastify";
import type { MessageSink } from "./message-sink.js";

/** A client, and what stands between, sees in this time that the stream is still there. */
const PING_MS = 12_000;
const PING = ":\n\n";
const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
  "x-accel-buffering": "no", // nginx would gather events
};
const HEAD = Buffer.from("event: next\ndata: ");
const TAIL = Buffer.from("\n\n");
const COMPLETE = "event: complete\ndata: \n\n";

export interface EventStreamSink extends MessageSink {
  /** Nothing follows. */
  complete(): void;
  /** Called when the client is gone; at once where it is already. */
  onGone(leave: () => void): void;
}

/**
 * The messages of one operation as server-sent events.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function openEventStreamSink(reply: FastifyReply): EventStreamSink {
  const { raw } = reply;
  reply.hijack(); // the headers that plugins have set, CORS's among them, are sent here
  raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...HEADERS });
  raw.on("error", () => {}); // it is gone
  raw.write(PING); // some browsers do not take it for open before
  const timer = setInterval(() => {
    if (raw.writableLength === 0) raw.write(PING);
  }, PING_MS);
  raw.once("close", () => clearInterval(timer));
  return {
    push(payload) {
      if (!raw.destroyed) raw.write(Buffer.concat([HEAD, payload, TAIL]));
    },
    get bufferedBytes() {
      return raw.writableLength;
    },
    // A comment is out when everything before it is.
    flushed: () =>
      new Promise((resolve) => {
        raw.once("close", resolve);
        raw.write(PING, () => {
          raw.off("close", resolve);
          resolve();
        });
      }),
    close: () => raw.destroy(),
    complete() {
      clearInterval(timer);
      if (!raw.destroyed) raw.end(COMPLETE);
    },
    onGone(leave) {
      if (raw.destroyed) leave();
      else raw.once("close", leave);
    },
  };
}
