import type { FastifyInstance } from "fastify";
import type { Config } from "../config/config.js";
import { createHealthServer, type Health } from "../telemetry/health-server.js";
import { listenFault, placesOf } from "./http-place.js";

export interface HttpServers {
  /** What everybody may reach; routes are added before it listens. */
  readonly open: FastifyInstance;
  /** Rejects with `ConfigError` where it cannot be listened. */
  listen(): Promise<{ url: string; metricsUrl: string | undefined }>;
  close(): Promise<void>;
}

/** The process's HTTP server, or two where what is for operators alone has a port of its own. */
export function createHttpServers(http: Config["http"], health: Health): HttpServers {
  const isApart = http.metricsPort !== null;
  const open = createHealthServer(isApart ? null : health);
  const servers = isApart ? [open, createHealthServer(health)] : [open];
  const places = placesOf(http);
  return {
    open,
    async listen() {
      const urls: string[] = [];
      for (const [index, server] of servers.entries()) {
        const place = places[index];
        if (place === undefined) throw new Error("a server without a place");
        try {
          urls.push(await server.listen({ host: place.host, port: place.port }));
        } catch (error) {
          throw listenFault(error, place);
        }
      }
      const [url = "", metricsUrl] = urls;
      return { url, metricsUrl };
    },
    async close() {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}
