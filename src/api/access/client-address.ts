import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** From whom a request came, be it an operation's or a WebSocket's first. */
export type ClientAddress = (request: IncomingMessage) => string;

/** One host has 2^64 addresses of IPv6: their common half stands for it. */
const NETWORK_PARTS_IPV6 = 4;

/**
 * The peer, or where that is a trusted proxy the one that it names in `X-Forwarded-For`, and so on for
 * each proxy that is trusted: what anybody else has written there counts for nothing. Of IPv6 the
 * network that is one host's, so that equal texts are one client.
 */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  const isTrusted = membersOf(trustedProxies);

  return ({ headers, socket }) => {
    let client = socket.remoteAddress ?? "";
    if (trustedProxies.length > 0) {
      const named = String(headers["x-forwarded-for"] ?? "").split(",");
      while (named.length > 0 && isTrusted(client)) {
        const before = addressIn(named.pop() ?? "");
        if (before === null) break; // it does not say: then it is the proxy itself that counts
        client = before;
      }
    }
    return networkOf(client);
  };
}

/** Whether an address is one of these, or in one of these networks. */
function membersOf(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(bits), familyOf(address));
  }
  return (address) => isIP(address) > 0 && list.check(address, familyOf(address));
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return address.includes(":") ? "ipv6" : "ipv4";
}

/** Some proxies name the port too: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function addressIn(part: string): string | null {
  const text = part.trim();
  const [, inBrackets, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(text) ?? [];
  const address = (inBrackets ?? plain ?? text).replace(/%.*$/, ""); // without its zone
  return isIP(address) > 0 ? address : null;
}

function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  const host = parsed.parts.slice(0, NETWORK_PARTS_IPV6);
  return new ipaddr.IPv6([...host, 0, 0, 0, 0]).toString();
}
