import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Sent over one connection and not taken yet; above it no more is read, nor sent that can wait. */
export const UNREAD_BYTES_MAX = 128 * 1_024;
/** Of all connections together; above it those that have taken nothing for longest are ended. */
const UNREAD_BYTES_OF_ALL_MAX = 32 * 1_024 * 1_024;
/** Time for all of it; as much again for each megabyte. */
const STALL_MS = 30_000;
const STALL_BYTES = 1_024 * 1_024;
/** Those who speak a protocol close first, with a word. */
const GRACE_MS = 2_000;
const LOOK_MS = 500;

export interface OutflowOptions {
  /** Called for each connection that is ended. */
  readonly onEnded?: (() => void) | undefined;
  readonly stallMs?: number | undefined;
  readonly unreadBytesOfAllMax?: number | undefined;
}

/**
 * Bounds what a server holds for clients that do not read, whatever it sends them: answers, streams,
 * events, pongs. Who has much unread is not read from until it has taken it, so that it can ask for no
 * more, and is ended when it takes nothing.
 */
export function boundOutflow(
  server: Server,
  {
    stallMs = STALL_MS,
    unreadBytesOfAllMax = UNREAD_BYTES_OF_ALL_MAX,
    onEnded = () => {},
  }: OutflowOptions = {},
): {
  /** Held for those who have not taken all. */
  unreadBytes(): number;
  stop(): void;
} {
  /** Who has not taken all, since when; in that order. */
  const unread = new Map<Socket, number>();
  /** At least what they have not taken. */
  let bytesAtMost = 0;
  let timer: NodeJS.Timeout | undefined;

  function forget(socket: Socket): void {
    unread.delete(socket);
    if (unread.size > 0) return;
    bytesAtMost = 0;
    clearInterval(timer);
    timer = undefined;
  }

  function hold(socket: Socket): void {
    const { writableLength } = socket;
    if (writableLength > UNREAD_BYTES_MAX) socket.pause();
    bytesAtMost += writableLength;
    if (!unread.has(socket)) unread.set(socket, performance.now());
    timer ??= setInterval(endStalled, LOOK_MS);
    if (bytesAtMost > unreadBytesOfAllMax) endBeyond();
  }

  function end(socket: Socket): void {
    unread.delete(socket);
    socket.destroy();
    onEnded();
  }

  function endStalled(): void {
    const now = performance.now();
    for (const [socket, since] of unread) {
      const patience = stallMs * Math.max(1, socket.writableLength / STALL_BYTES) + GRACE_MS;
      if (now - since > patience) end(socket);
    }
  }

  function unreadBytes(): number {
    let bytes = 0;
    for (const { writableLength } of unread.keys()) bytes += writableLength;
    return bytes;
  }

  function endBeyond(): void {
    bytesAtMost = unreadBytes();
    for (const socket of unread.keys()) {
      if (bytesAtMost <= unreadBytesOfAllMax) return;
      bytesAtMost -= socket.writableLength;
      end(socket);
    }
  }

  function watch(socket: Socket): void {
    socket.on("drain", () => {
      if (!unread.has(socket)) return;
      forget(socket);
      socket.resume();
    });
    socket.once("close", () => forget(socket));
    const write = socket.write;
    // The one place that all that is sent passes.
    socket.write = function (this: Socket, ...args: unknown[]) {
      const isRoomy = Reflect.apply(write, this, args) as boolean;
      if (!isRoomy) hold(socket);
      return isRoomy;
    } as Socket["write"];
  }
  server.on("connection", watch);
  return {
    unreadBytes,
    stop() {
      server.off("connection", watch);
      clearInterval(timer);
    },
  };
}
