import { once } from "node:events";
import { createServer } from "node:net";
import type { Config } from "../config/config.js";
import { ConfigError } from "../config/env.js";
import { PORT_DEFAULT } from "../config/env-schema.js";

/** Where an HTTP server is to listen, and which variable says so. */
interface HttpPlace {
  readonly host: string;
  readonly port: number;
  readonly variable: "PORT" | "METRICS_PORT";
}

/** Of Prometheus's clients. */
const METRICS_PORT_USUAL = 9_464;
/** In the order of the servers: for everybody, and for operators where they have one of their own. */
export function placesOf({ host, port, metricsPort }: Config["http"]): HttpPlace[] {
  const place: HttpPlace = { host, port, variable: "PORT" };
  if (metricsPort === null) return [place];
  return [place, { host, port: metricsPort, variable: "METRICS_PORT" }];
}

const NO_ADDRESS = /^(?:ENOTFOUND|EADDRNOTAVAIL|EINVAL|EAFNOSUPPORT|EAI_\w+)$/;

/**
 * Whether it can be listened there: asked before anything else is started, so that a second tracker ends
 * at once and leaves nothing behind. Rejects with `ConfigError`, in a line with what to do.
 */
export async function requireFreePlace(place: HttpPlace): Promise<void> {
  const server = createServer();
  const { host, port } = place;
  try {
    server.listen({ host, port });
    await once(server, "listening");
  } catch (error) {
    throw listenFault(error, place);
  }
  server.close();
  await once(server, "close");
}

/** What it means that it cannot be listened there; any other error as it is. */
export function listenFault(error: unknown, { host, port, variable }: HttpPlace): unknown {
  const { code = "" } = error as NodeJS.ErrnoException;
  const isDefault = variable === "PORT" && port === PORT_DEFAULT;
  const named = isDefault ? `PORT ${port}` : `${variable}=${port}, from the environment,`;
  if (code === "EADDRINUSE") {
    const usual = variable === "PORT" ? PORT_DEFAULT : METRICS_PORT_USUAL;
    const other = port === usual ? usual + 1 : usual;
    const remedy = `Stop what listens there, perhaps a tracker, or choose another: ${variable}=${other}.`;
    return new ConfigError([`${named} is taken by another process (${code}). ${remedy}`]);
  }
  if (code === "EACCES") {
    return new ConfigError([`${named} may not be opened by this user (${code}). Choose another.`]);
  }
  if (!NO_ADDRESS.test(code)) return error;
  const why = "Some tools set HOST for purposes of their own, conda and some shells among them";
  const message = `HOST=${host}, from the environment, is no address of this machine (${code})`;
  return new ConfigError([`${message}. ${why}: unset it, or set HOST=127.0.0.1.`]);
}
