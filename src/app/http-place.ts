import { once } from "node:events";
import { createServer } from "node:net";
import { ConfigError } from "../config/env.js";
import { PORT_DEFAULT } from "../config/env-schema.js";

/** Where the HTTP server is to listen. */
interface HttpPlace {
  readonly host: string;
  readonly port: number;
}

const NO_ADDRESS = /^(?:ENOTFOUND|EADDRNOTAVAIL|EINVAL|EAFNOSUPPORT|EAI_\w+)$/;

/**
 * Whether it can be listened there: asked before anything else is started, so that a second tracker ends
 * at once and leaves nothing behind. Rejects with `ConfigError`, in a line with what to do.
 */
export async function requireFreePlace(place: HttpPlace): Promise<void> {
  const server = createServer();
  try {
    server.listen(place);
    await once(server, "listening");
  } catch (error) {
    throw listenFault(error, place);
  }
  server.close();
  await once(server, "close");
}

/** What it means that it cannot be listened there; any other error as it is. */
export function listenFault(error: unknown, { host, port }: HttpPlace): unknown {
  const { code = "" } = error as NodeJS.ErrnoException;
  const named = port === PORT_DEFAULT ? `PORT ${port}` : `PORT=${port}, from the environment,`;
  if (code === "EADDRINUSE") {
    const other = port === PORT_DEFAULT ? PORT_DEFAULT + 1 : PORT_DEFAULT;
    const remedy = `Stop what listens there, perhaps a tracker, or choose another: PORT=${other}.`;
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
