import type { IncomingMessage } from "node:http";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createClientAddress } from "../../../src/api/access/client-address.js";
import { readEnv } from "../../../src/config/env.js";

const from = (trusted: readonly string[], peer: string | undefined, forwarded?: string) => {
  const headers = { ...(forwarded !== undefined && { "x-forwarded-for": forwarded }) };
  const request = { socket: { remoteAddress: peer }, headers } as unknown as IncomingMessage;
  return createClientAddress(trusted)(request);
};

describe("from whom a request came", () => {
  it("is the peer, whatever it says, unless it is a trusted proxy", () => {
    expect(from([], "192.0.2.1", "203.0.113.9")).toBe("192.0.2.1");
    expect(from(["10.0.0.0/8"], "192.0.2.1", "203.0.113.9, 10.0.0.1")).toBe("192.0.2.1");
    expect(from(["10.0.0.0/8"], "10.1.2.3", "203.0.113.9")).toBe("203.0.113.9");
    expect(from(["10.0.0.0/8"], "10.1.2.3")).toBe("10.1.2.3");
    expect(from(["10.0.0.0/8"], undefined, "203.0.113.9")).toBe("");
  });

  it("is the last one that no trusted proxy is, what it wrote before itself counting for nothing", () => {
    const trusted = ["10.0.0.1", "10.0.0.2", "2001:db8:1::/48"];
    const forged = "127.0.0.1, 10.0.0.2, 198.51.100.1";
    expect(from(trusted, "10.0.0.1", `${forged}, 203.0.113.9`)).toBe("203.0.113.9");
    expect(from(trusted, "10.0.0.1", `${forged}, 203.0.113.9, 2001:db8:1::7, 10.0.0.2`)).toBe(
      "203.0.113.9",
    );
    expect(from(trusted, "10.0.0.1", "10.0.0.2, 10.0.0.2")).toBe("10.0.0.2");
  });

  it.each([
    "",
    "unknown",
    "_hidden",
    "1.2.3",
    "0x7f.1",
    "999.1.1.1",
    "a, b",
    ",",
    "x".repeat(9_000),
  ])("is the proxy where that says nothing that is an address: %s", (said) => {
    expect(from(["10.0.0.1"], "10.0.0.1", said)).toBe("10.0.0.1");
    expect(from(["10.0.0.1"], "10.0.0.1", `203.0.113.9, ${said}`)).toBe("10.0.0.1");
  });

  it.each([
    ["192.0.2.1", "::ffff:192.0.2.1", "::FFFF:c000:201", "192.0.2.1:4711", "[::ffff:192.0.2.1]:80"],
    ["2001:db8:a:b::1", "2001:DB8:A:B:ffff::2", "[2001:db8:a:b::3]:443", "[2001:db8:a:b::]"],
    ["fe80::1", "fe80::2%eth0"],
  ])("is the same however it is written, and for all that one host of IPv6 has: %s", (...texts) => {
    const [first = ""] = texts.map((text) => from(["10.0.0.1"], "10.0.0.1", text));
    expect(first).not.toBe("10.0.0.1");
    for (const text of texts) expect(from(["10.0.0.1"], "10.0.0.1", text)).toBe(first);
    expect(from(["10.0.0.1"], "::ffff:10.0.0.1", "2001:db8:a:c::1")).not.toBe(first);
  });

  it("is found through every network that can be configured, of both kinds", () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6(), mapped);
    const network = fc.oneof(
      fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })),
      fc.tuple(fc.oneof(fc.ipV6(), mapped), fc.integer({ min: 0, max: 128 })),
    );
    const near = network.chain(([base, bits]) =>
      fc.tuple(fc.constant([base, bits] as const), fc.oneof(fc.constant(base), address)),
    );
    fc.assert(
      fc.property(near, ([[base, bits], peer]) => {
        let trusted: readonly string[];
        try {
          trusted = readEnv({ TRUSTED_PROXIES: `${base}/${bits}` }).TRUSTED_PROXIES;
        } catch {
          return; // refused at start is as good
        }
        const isForeign = from(trusted, peer, "192.0.2.77") === "192.0.2.77";
        const hostBits = BigInt((base.includes(":") ? 128 : 32) - bits);
        const isWithin = numberOf(peer) >> hostBits === numberOf(base) >> hostBits;
        expect(isForeign).toBe(isWithin);
      }),
      { numRuns: 2_000 },
    );
  });
});

const mapped = fc.ipV4().map((address) => `::ffff:${address}`);

/** Of 128 bits; an address of IPv4 where it stands in IPv6. The oracle is the URL parser's spelling. */
function numberOf(address: string): bigint {
  const whole = address.includes(":") ? address : `::ffff:${address}`;
  const { hostname } = new URL(`http://[${whole}]`);
  const [head = "", tail] = hostname.slice(1, -1).split("::");
  const [left, right] = [head, tail ?? ""].map((half) => half.split(":").filter(Boolean));
  const parts = [...(left ?? [])];
  while (parts.length + (right?.length ?? 0) < 8) parts.push("0");
  return BigInt(`0x${[...parts, ...(right ?? [])].map((part) => part.padStart(4, "0")).join("")}`);
}

describe("TRUSTED_PROXIES", () => {
  it("takes addresses and networks of both kinds, and none by default", () => {
    expect(readEnv({}).TRUSTED_PROXIES).toEqual([]);
    const given = "127.0.0.1, 10.0.0.0/8,::1, 2001:db8::/32";
    expect(readEnv({ TRUSTED_PROXIES: given }).TRUSTED_PROXIES).toEqual([
      ...["127.0.0.1", "10.0.0.0/8", "::1", "2001:db8::/32"],
    ]);
  });

  it.each([
    "proxy.example.org",
    "10.0.0.0/33",
    "10.0.0",
    "::/129",
    "true",
    "*",
    "10.0.0.0/8 10.1.1.1",
  ])("refuses %s", (text) => {
    expect(() => readEnv({ TRUSTED_PROXIES: text })).toThrow(/^TRUSTED_PROXIES must be/);
  });
});
