import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { UNREAD_BYTES_MAX } from "../http/outflow.js";

/** Read and not dealt with yet; then no more is read. */
const WAITING_BYTES_MAX = 64 * 1_024;
/** What one takes besides its bytes, about. */
const TURN_BYTES = 1_024;

interface Turn {
  readonly bytes: number;
  readonly take: () => void;
}

/**
 * What a client has sent is dealt with in its order, and no further while it does not take the answers:
 * a handful of bytes can ask for a megabyte. Meanwhile it is not read.
 */
export function turnsOf(
  client: WebSocket,
  socket: Socket,
): (message: Buffer, take: () => void) => void {
  const waiting: Turn[] = [];
  let waitingBytes = 0;
  let isGoing = false;
  const go = () => {
    if (client.readyState !== client.OPEN)
      waiting.length = 0; // nobody is left to answer
    else if (socket.writableLength > UNREAD_BYTES_MAX) {
      client.pause();
      socket.once("drain", go);
      return;
    }
    const turn = waiting.shift();
    isGoing = turn !== undefined;
    waitingBytes -= turn?.bytes ?? 0;
    if (waitingBytes < WAITING_BYTES_MAX && client.isPaused) client.resume();
    if (turn === undefined) return;
    turn.take();
    setImmediate(go); // by then it has been answered, unless it waits for something
  };
  return ({ length }, take) => {
    const bytes = TURN_BYTES + length;
    waiting.push({ bytes, take });
    waitingBytes += bytes;
    if (waitingBytes >= WAITING_BYTES_MAX) client.pause();
    if (isGoing) return;
    isGoing = true;
    go();
  };
}
