import { once } from "node:events";
import { describe, expect, it } from "vitest";
import WebSocket from "ws";
import type { Answer } from "../support/graphql-client.js";
import { startTestApi } from "./test-api.js";

const QUERY = "{ __typename }";
const LOOPBACK = ["127.0.0.0/8", "::1"];

type Send = (url: string, headers: Record<string, string>) => Promise<Answer<unknown>>;

const overHttp =
  (accept: string): Send =>
  async (url, headers) => {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept, ...headers },
      body: JSON.stringify({ query: QUERY }),
    });
    const text = await response.text();
    return JSON.parse(/^data: (\{.*)$/m.exec(text)?.[1] ?? text);
  };

/** Headers of the upgrade: what is said later comes from the same address. */
const overWebSocket: Send = async (url, headers) => {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/graphql`, "graphql-transport-ws", {
    headers,
  });
  try {
    await once(socket, "open");
    socket.send('{"type":"connection_init"}');
    await once(socket, "message");
    socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query: QUERY } }));
    const [data] = await once(socket, "message");
    const { type, payload } = JSON.parse(String(data));
    return type === "error" ? { errors: payload } : payload;
  } finally {
    socket.terminate();
  }
};

const WAYS = [
  { way: "HTTP", send: overHttp("application/json") },
  { way: "an event stream", send: overHttp("text/event-stream") },
  { way: "WebSocket", send: overWebSocket },
];

const isLimited = ({ errors }: Answer<unknown>) => {
  const code = errors?.[0]?.extensions?.code;
  if (errors !== undefined) expect(code).toBe("RATE_LIMITED");
  return code === "RATE_LIMITED";
};

describe.each(WAYS)("operations over $way, where no key is needed", ({ send }) => {
  it("are counted by their peer, whatever it forges", async () => {
    await using api = await startTestApi({
      operationsPerMinute: 3,
      trustedProxies: ["10.0.0.0/8", "2001:db8::/32"],
    });
    for (let host = 1; host <= 3; host += 1) {
      const forged = { "x-forwarded-for": `203.0.113.${host}, 10.0.0.1`, forwarded: `for=${host}` };
      expect(isLimited(await send(api.url, forged))).toBe(false);
    }
    const forged = { "x-forwarded-for": "203.0.113.4", "x-real-ip": "203.0.113.4" };
    expect(isLimited(await send(api.url, forged))).toBe(true);
  });

  it("are counted by whom a trusted proxy names, all addresses of a host of IPv6 as one", async () => {
    await using api = await startTestApi({ operationsPerMinute: 3, trustedProxies: LOOPBACK });
    const by = (client: string) => send(api.url, { "x-forwarded-for": `198.51.100.1, ${client}` });
    for (const client of ["2001:db8:a:b::1", "2001:db8:a:b::2", "2001:DB8:A:B:1::"]) {
      expect(isLimited(await by(client))).toBe(false);
    }
    expect(isLimited(await by("2001:db8:a:b::9"))).toBe(true);
    expect(isLimited(await by("2001:db8:a:c::9"))).toBe(false);
    expect(isLimited(await by("203.0.113.9"))).toBe(false);
  });
});

it("counts the same client once, whichever way it comes through a proxy", async () => {
  await using api = await startTestApi({ operationsPerMinute: 3, trustedProxies: LOOPBACK });
  const headers = { "x-forwarded-for": "203.0.113.9" };
  for (const { send } of WAYS) expect(isLimited(await send(api.url, headers))).toBe(false);
  for (const { send } of WAYS) expect(isLimited(await send(api.url, headers))).toBe(true);
});
