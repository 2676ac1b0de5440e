/** Many subscribers in a process of their own, which count what they receive; told over IPC. */
import { connect, type Socket } from "node:net";

export type ClientCommand =
  | {
      readonly kind: "connect";
      readonly url: string;
      readonly count: number;
      readonly query: string;
      readonly over: "WebSocket" | "event stream";
    }
  /** Report when everybody has had so many more; with `isTimed`, when each arrived. */
  | { readonly kind: "expect"; readonly each: number; readonly isTimed: boolean };

export type ClientReport =
  | { readonly kind: "connected" }
  | {
      readonly kind: "received";
      readonly seconds: number;
      readonly sample: string;
      readonly cpuSeconds: number;
      /** Sequence and time of each receipt, in milliseconds since 1970. */
      readonly receipts: readonly (readonly [string, number])[];
    };

const OPCODE_TEXT = 1;
const OPCODE_BINARY = 2;
const OPCODE_PING = 9;

let outstanding = 0;
let each = 0;
let isTimed = false;
let firstAt = 0;
let sample = "";
let receipts: [string, number][] = [];
let cpuBefore = process.cpuUsage();

process.on("message", (command: ClientCommand) => {
  if (command.kind === "connect") return void connectAll(command);
  ({ each, isTimed } = command);
  outstanding = sockets.length * each;
  firstAt = 0;
  receipts = [];
  cpuBefore = process.cpuUsage();
});
process.on("disconnect", () => process.exit(0));

const sockets: Socket[] = [];

async function connectAll({
  url,
  count,
  query,
  over,
}: Extract<ClientCommand, { kind: "connect" }>) {
  const { hostname, port } = new URL(url);
  for (let index = 0; index < count; index += 1) {
    const socket =
      over === "WebSocket"
        ? open(hostname, Number(port), query, `subscription-${index}`)
        : openStream(hostname, Number(port), query);
    sockets.push(await socket);
  }
  report({ kind: "connected" });
}

/** Resolves when the server has acknowledged the connection and been told to subscribe. */
function open(host: string, port: number, query: string, id: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    socket.once("error", reject);
    socket.write(
      `GET /graphql HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
    );
    let isUpgraded = false;
    let isAcknowledged = false;
    let rest: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      if (!isUpgraded) {
        const end = rest.indexOf("\r\n\r\n");
        if (end < 0) return;
        isUpgraded = true;
        rest = rest.subarray(end + 4);
        socket.write(masked(OPCODE_TEXT, '{"type":"connection_init"}'));
      }
      rest = eachFrame(rest, (opcode, payload) => {
        if (opcode === OPCODE_PING) socket.write(masked(10, payload));
        if (opcode !== OPCODE_TEXT && opcode !== OPCODE_BINARY) return;
        if (isAcknowledged) return receive(payload);
        isAcknowledged = true;
        socket.write(
          masked(OPCODE_TEXT, JSON.stringify({ id, type: "subscribe", payload: { query } })),
        );
        resolve(socket);
      });
    });
  });
}

const EVENT_END = "\n\n";
const NEXT = "event: next\ndata: ";

/** Resolves when the server has answered with a stream. Chunks are not taken apart: an event is in one. */
function openStream(host: string, port: number, query: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    socket.once("error", reject);
    const body = JSON.stringify({ query });
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: ${host}:${port}\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    let rest: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      resolve(socket);
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(EVENT_END); end >= 0; end = rest.indexOf(EVENT_END)) {
        const begin = rest.indexOf(NEXT);
        if (begin >= 0 && begin < end) receive(rest.subarray(begin + NEXT.length, end));
        rest = rest.subarray(end + EVENT_END.length);
      }
    });
  });
}

function receive(payload: Buffer): void {
  if (outstanding === 0) return;
  if (firstAt === 0) {
    firstAt = performance.now();
    sample = payload.toString();
  }
  if (isTimed) {
    const start = payload.indexOf('"sequence":"') + 12;
    const sequence = payload.toString("latin1", start, payload.indexOf('"', start));
    receipts.push([sequence, performance.timeOrigin + performance.now()]);
  }
  outstanding -= 1;
  if (outstanding > 0) return;
  const { user, system } = process.cpuUsage(cpuBefore);
  const seconds = (performance.now() - firstAt) / 1_000;
  report({ kind: "received", seconds, sample, cpuSeconds: (user + system) / 1e6, receipts });
}

/** Calls back for each whole frame; returns what is left. */
function eachFrame(bytes: Buffer, take: (opcode: number, payload: Buffer) => void): Buffer {
  let at = 0;
  while (bytes.length - at >= 2) {
    let length = (bytes[at + 1] ?? 0) & 127;
    let begin = at + 2;
    if (length === 126) {
      if (bytes.length - at < 4) break;
      length = bytes.readUInt16BE(at + 2);
      begin = at + 4;
    } else if (length === 127) {
      if (bytes.length - at < 10) break;
      length = Number(bytes.readBigUInt64BE(at + 2));
      begin = at + 10;
    }
    if (bytes.length < begin + length) break;
    take((bytes[at] ?? 0) & 15, bytes.subarray(begin, begin + length));
    at = begin + length;
  }
  return bytes.subarray(at);
}

/** A client's frame, masked with zeros. */
function masked(opcode: number, payload: string | Buffer): Buffer {
  const body = Buffer.from(payload);
  const header =
    body.length < 126
      ? Buffer.from([128 | opcode, 128 | body.length, 0, 0, 0, 0])
      : Buffer.from([128 | opcode, 254, body.length >> 8, body.length & 255, 0, 0, 0, 0]);
  return Buffer.concat([header, body]);
}

function report(message: ClientReport): void {
  process.send?.(message);
}
