import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { UNREAD_BYTES_MAX } from "../http/outflow.js";

/** Messages and pings of one connection; then it is not read until they are dealt with. */
const WAITING_MAX = 50;

/**
 * What a client has sent is dealt with in its order, and no further while it does not take the answers:
 * a handful of bytes can ask for a megabyte. Meanwhile it is not read.
 */
export function turnsOf(client: WebSocket, socket: Socket): (turn: () => void) => void {
  const waiting: (() => void)[] = [];
  let isGoing = false;
  const go = () => {
    if (client.readyState === client.OPEN && socket.writableLength > UNREAD_BYTES_MAX) {
      client.pause();
      socket.once("drain", go);
      return;
    }
    const turn = waiting.shift();
    isGoing = turn !== undefined;
    if (waiting.length === 0 && client.isPaused) client.resume();
    if (turn === undefined) return;
    turn();
    setImmediate(go); // by then it has been answered, unless it waits for something
  };
  return (turn) => {
    waiting.push(turn);
    if (waiting.length >= WAITING_MAX) client.pause();
    if (isGoing) return;
    isGoing = true;
    go();
  };
}
