import { ConfigError } from "../../config/env.js";
import { PORT_DEFAULT } from "../../config/env-schema.js";
import { readGivenKey } from "../../config/given-key.js";
import { isLoopback } from "../../domain/loopback.js";

/** Where a server is, and the key it is asked with. */
export interface ServerAddress {
  /** Its GraphQL endpoint, for HTTP. */
  readonly graphql: URL;
  /** Null: not known from here. */
  readonly readyz: URL | null;
  /** By `TRACKER_URL`; else it is where one would be if it ran here. */
  readonly isNamed: boolean;
  /** Which of `HOST` and `PORT` say so: some tools set them for purposes of their own. Else null. */
  readonly from: string | null;
  /** Undefined: none is sent. */
  readonly key: string | undefined;
}

/** `TRACKER_URL`, or the server that `HOST` and `PORT` would start here; and `TRACKER_API_KEY`. */
export function readServerAddress(env: NodeJS.ProcessEnv): ServerAddress {
  const key = readGivenKey(env);
  const named = env.TRACKER_URL || undefined;
  const base =
    named === undefined
      ? baseOf(`http://${hostOf(env.HOST)}:${env.PORT || PORT_DEFAULT}`, "HOST and PORT")
      : baseOf(withScheme(named.trim()), "TRACKER_URL");
  return {
    graphql: new URL("graphql", base),
    readyz: named === undefined ? readyzOf(env, base) : new URL("readyz", base),
    ...{ isNamed: named !== undefined, from: sourceOf(env), key },
  };
}

/** Of a server here: it may have a port of its own, and that may be any free one. */
function readyzOf({ HOST, METRICS_PORT }: NodeJS.ProcessEnv, base: URL): URL | null {
  if (!METRICS_PORT) return new URL("readyz", base);
  if (METRICS_PORT === "0") return null;
  return new URL(
    "readyz",
    baseOf(`http://${hostOf(HOST)}:${METRICS_PORT}`, "HOST and METRICS_PORT"),
  );
}

function sourceOf(env: NodeJS.ProcessEnv): string | null {
  if (env.TRACKER_URL) return null;
  const set = ["HOST", "PORT"].filter((variable) => env[variable]);
  return set.length === 0 ? null : set.join(" and ");
}

/** A scheme that was left out is `http` on this machine; elsewhere nobody sends a key in the clear unasked. */
function withScheme(given: string): string {
  if (given.includes("://") || !/^[\w[]/.test(given)) return given;
  const plain = `http://${given}`;
  const isHere = URL.canParse(plain) && isLoopback(new URL(plain).hostname);
  return isHere ? plain : `https://${given}`;
}

function baseOf(given: string, variable: string): URL {
  const isAddress = URL.canParse(given) && /^https?:$/.test(new URL(given).protocol);
  if (!isAddress) {
    throw new ConfigError([`${variable} must make an address, like http://127.0.0.1:4000`]);
  }
  const url = new URL(given);
  if (url.username !== "" || url.password !== "") {
    throw new ConfigError([
      `${variable} must not hold a password; a key goes into TRACKER_API_KEY`,
    ]);
  }
  const folder = url.pathname.replace(/\/graphql\/?$/, "").replace(/\/*$/, "/");
  return new URL(folder, url.origin);
}

/** A server that listens everywhere is asked on loopback. */
function hostOf(host: string | undefined): string {
  if (!host || host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}
