import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { FastifyReply, FastifyRequest } from "fastify";
import { GraphQLError } from "graphql";

/** Requests of one connection, sent without waiting for an answer. Who sends more is cut off. */
const WAITING_MAX = 32;

const GONE = new GraphQLError("The connection is gone.", { extensions: { code: "BAD_REQUEST" } });

/**
 * When it is a request's turn: after those that came before it over the same connection, which HTTP
 * answers in that order anyway, and apart from all others. A hundred answers made at the same moment, be
 * it that somebody asked for them at once or that all have waited for the same, would all be held here.
 */
export function createTurns(): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  /** Of connections with a request under way: those behind it. */
  const lines = new WeakMap<Socket, (() => void)[]>();

  function end(socket: Socket, waiting: (() => void)[]): void {
    const next = waiting.shift();
    if (next === undefined) lines.delete(socket);
    else next();
  }

  return async ({ raw: { socket } }, { raw }) => {
    const waiting = lines.get(socket) ?? [];
    raw.once("close", () => end(socket, waiting));
    if (!lines.has(socket)) lines.set(socket, waiting);
    else if (waiting.length === WAITING_MAX) socket.destroy();
    else await new Promise<void>((resolve) => waiting.push(resolve));
    await nextTurn();
    if (socket.destroyed) throw GONE; // nobody is left to answer
  };
}
