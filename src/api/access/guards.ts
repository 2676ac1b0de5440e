import type { IncomingHttpHeaders } from "node:http";
import { LRUCache } from "lru-cache";
import { TrackerError } from "../../domain/errors.js";
import { isLoopback } from "../../domain/loopback.js";
import { type ClientAddress, createClientAddress } from "./client-address.js";
import type { Caller, KeyRing } from "./key-ring.js";
import { createRateLimit } from "./rate-limit.js";

export interface GuardOptions {
  readonly keys: KeyRing;
  /** Where this process listens; a host by that name is its own. */
  readonly host: string;
  /** Of pages elsewhere whose scripts may come in, besides our own. */
  readonly origins: readonly string[];
  /** Addresses and networks whose word on where a request came from is taken. */
  readonly trustedProxies: readonly string[];
  /** Of a key, or of an address where none is needed. Zero: any number. */
  readonly operationsPerMinute: number;
}

/** What stands before every operation, over HTTP, as an event stream, and over WebSocket. */
export interface Guards {
  /** Before anything is read. Throws `FORBIDDEN`. */
  checkOrigin(headers: IncomingHttpHeaders): void;
  /**
   * Before what a link or an image on any page can make a browser send, which tells no origin. Throws
   * `FORBIDDEN`. https://www.w3.org/TR/fetch-metadata/
   */
  checkSite(headers: IncomingHttpHeaders): void;
  /** From whom a request came, behind the proxies that are trusted. */
  readonly addressOf: ClientAddress;
  /** Who it is. Rejects with `UNAUTHENTICATED`; `RATE_LIMITED` for who tries too many keys. */
  admit(secret: string | null, address: string): Promise<Caller>;
  /** Once for each operation. Rejects with `RATE_LIMITED`. */
  countOperation(caller: Caller, address: string): Promise<void>;
  /** Calls `onRevoked` when the caller's key is revoked. Returns an end to that. */
  hold(caller: Caller, onRevoked: () => void): () => void;
}

/** Names under which clients ask for this process, and whether they are its own. */
const HOSTS_MAX = 100;

export function createGuards({
  keys,
  host: ownHost,
  origins,
  trustedProxies,
  operationsPerMinute,
}: GuardOptions): Guards {
  const limit = createRateLimit(operationsPerMinute);
  const ownHosts = new LRUCache<string, boolean>({
    max: HOSTS_MAX,
    memoMethod: (host) => isLoopback(hostnameOf(host)) || hostnameOf(host) === ownHost,
  });
  return {
    checkOrigin({ host, origin }) {
      if (origin !== undefined && !origins.includes(origin) && !isOfHost(origin, host)) {
        throw new TrackerError(
          "FORBIDDEN",
          "Pages of this origin may not use this API; CORS_ORIGINS lists those that may.",
        );
      }
      // A page elsewhere can have its own name point to this machine, and is then of our origin.
      if (keys.isKeyNeeded()) return;
      if (ownHosts.memo(host ?? "")) return;
      throw new TrackerError(
        "FORBIDDEN",
        "Without API keys this API answers only to a loopback name, such as localhost.",
      );
    },
    checkSite({ origin, "sec-fetch-site": site }) {
      const isOurs = site === undefined || site === "same-origin" || site === "none";
      if (isOurs || origin !== undefined) return; // an origin has been checked
      throw new TrackerError(
        "FORBIDDEN",
        "Other sites' pages may not have a browser ask this API.",
      );
    },
    addressOf: createClientAddress(trustedProxies),
    async admit(secret, address) {
      try {
        return await keys.identify(secret);
      } catch (error) {
        await limit.countRefusal(address);
        throw error;
      }
    },
    countOperation: limit.countOperation,
    hold: keys.hold.bind(keys),
  };
}

function isOfHost(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}

function hostnameOf(host: string): string {
  const url = `http://${host}`;
  return URL.canParse(url) ? new URL(url).hostname : "";
}

/** Of `Bearer KEY`. Null for nothing; what is anything else is no key that we gave out. */
export function secretOf(authorization: unknown): string | null {
  if (authorization == null || authorization === "") return null;
  return /^Bearer +(\S+) *$/i.exec(String(authorization))?.[1] ?? "";
}

/** Of a `connection_init`: `{ authorization: "Bearer KEY" }`, or `{ apiKey: KEY }`. */
export function secretOfParams(params: Readonly<Record<string, unknown>> | undefined) {
  const named = (wanted: string) =>
    Object.entries(params ?? {}).find(([name]) => name.toLowerCase() === wanted)?.[1];
  const key = named("apikey");
  return key == null || key === "" ? secretOf(named("authorization")) : String(key);
}
