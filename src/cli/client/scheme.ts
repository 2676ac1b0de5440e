import { isIP } from "node:net";
import { connect } from "node:tls";
import type { ServerAddress } from "./server-address.js";
import { ServerError } from "./server-error.js";

const PROBE_MS_MAX = 2_000;

/** Not of those that pass: the address has to be put right. */
const WRONG_SCHEME = "WRONG_SCHEME";

/**
 * Where no tracker answered: whether one may with the other of `http://` and `https://`. Null where
 * that is not it. The key is not sent.
 */
export async function findWrongScheme({ graphql }: ServerAddress): Promise<ServerError | null> {
  const { protocol, origin, host } = graphql;
  const isTls = await speaksTls(graphql);
  const hint = (scheme: string) => `TRACKER_URL=${scheme}://${host}${folderOf(graphql)}`;
  if (protocol === "http:" && isTls) {
    const message = `What is at ${origin} answers with TLS alone: try ${hint("https")}.`;
    return new ServerError(WRONG_SCHEME, message);
  }
  if (protocol === "https:" && !isTls && (await speaksHttp(graphql))) {
    const message = `What is at ${origin} answers, but not TLS: try ${hint("http")}.`;
    return new ServerError(WRONG_SCHEME, message);
  }
  return null;
}

function portOf({ port, protocol }: URL): number {
  if (port !== "") return Number(port);
  return protocol === "https:" ? 443 : 80;
}

/** Without what the address has by itself. */
function folderOf({ pathname }: URL): string {
  return pathname.replace(/\/graphql$/, "");
}

/** Whoever holds the certificate: only whether there is one. */
async function speaksTls(url: URL): Promise<boolean> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return await new Promise((resolve) => {
    const socket = connect({
      ...{ host, port: portOf(url), rejectUnauthorized: false, timeout: PROBE_MS_MAX },
      ...(isIP(host) === 0 && { servername: host }),
    });
    const end = (isTls: boolean) => {
      socket.destroy();
      resolve(isTls);
    };
    socket.once("secureConnect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
    socket.once("close", () => end(false));
  });
}

async function speaksHttp(url: URL): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PROBE_MS_MAX);
    const place = `http://${url.hostname}:${portOf(url)}/`;
    const { body } = await fetch(place, { method: "HEAD", redirect: "manual", signal });
    await body?.cancel();
    return true;
  } catch {
    return false;
  }
}
