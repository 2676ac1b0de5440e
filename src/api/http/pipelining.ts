import type { Socket } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";

/**
 * Has the requests that a client sends over one connection without waiting for an answer wait for each
 * other: HTTP answers them in that order anyway, and a hundred answers at once would be held here until
 * the first is taken.
 */
export function createTurns(): (
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<void> | undefined {
  const answered = new WeakMap<Socket, Promise<void>>();
  return ({ raw: { socket } }, { raw }) => {
    const before = answered.get(socket);
    answered.set(socket, new Promise((resolve) => raw.once("close", resolve)));
    return before;
  };
}
