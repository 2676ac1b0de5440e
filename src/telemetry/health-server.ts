import type { Socket } from "node:net";
import { type FastifyInstance, fastify } from "fastify";
import type { Metrics } from "./metrics/metrics.js";
import { createReadiness, type ReadyCheck } from "./readiness.js";

const BODY_BYTES_MAX = 256 * 1_024;
const CLOSE_IDLE_MS = 100;

/** What operators and their probes ask a process. */
export interface Health {
  readonly metrics: Metrics;
  readonly checks: readonly ReadyCheck[];
}

/**
 * An HTTP server of a process. `/livez`: it runs. `/readyz`: what it needs is there, else 503 and the
 * names of what is not. `/metrics`: Prometheus. Where `health` is null the last two are served elsewhere,
 * and not here. The API adds its routes before it listens.
 */
export function createHealthServer(health: Health | null): FastifyInstance {
  const server = fastify({
    bodyLimit: BODY_BYTES_MAX,
    forceCloseConnections: "idle",
    logger: false,
  });
  const sockets = new Set<Socket>();
  server.server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  /** To node one that has never asked for anything is not idle, but about to. */
  const closeIdle = () => {
    server.server.closeIdleConnections();
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  };
  // A request that is answered before all of it has come leaves its connection idle only after that.
  server.addHook("preClose", async () => {
    const timer = setInterval(closeIdle, CLOSE_IDLE_MS);
    server.server.once("close", () => clearInterval(timer));
  });
  server.get("/livez", async () => ({ status: "ok" }));
  if (health !== null) serveHealth(server, health);
  return server;
}

function serveHealth(server: FastifyInstance, { metrics, checks }: Health): void {
  const readiness = createReadiness(checks);
  server.get("/readyz", async (_request, reply) => {
    const failing = await readiness();
    if (failing.length === 0) return { status: "ok" };
    return await reply.code(503).send({ status: "not ready", failing });
  });
  metrics.readFrom({
    name: "readiness",
    gauges: [metrics.dependencyUp],
    read: readiness,
    set(failing) {
      for (const { name: dependency } of checks) {
        metrics.dependencyUp.set({ dependency }, failing.includes(dependency) ? 0 : 1);
      }
    },
  });
  server.get("/metrics", async ({ headers: { accept } }, reply) => {
    const { contentType, text } = await metrics.expose(accept);
    return await reply.type(contentType).send(text);
  });
}
