import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AnsweringServer, startAnsweringServer } from "../github/answering-server.js";
import { runCommand } from "../support/command-line.js";

const KEY = "a-key-that-nobody-may-see";

describe("the command line and its server", () => {
  let server: AnsweringServer;
  beforeEach(async () => {
    server = await startAnsweringServer();
  });
  afterEach(() => server.stop());
  const answer = (status: number, body: string, headers: Record<string, string> = {}) => {
    server.handle = (_request, response) => response.writeHead(status, headers).end(body);
  };
  const list = (env: Record<string, string> = {}, ...options: string[]) =>
    runCommand(["list", ...options], { TRACKER_URL: server.url, ...env });

  it("says that nobody answers there, and what to do", async () => {
    server.stop();
    const { code, stderr } = await list();
    expect(code).toBe(1);
    expect(stderr).toContain(`No tracker answers at ${server.url} (ECONNREFUSED)`);
    expect(stderr).toContain("TRACKER_URL");
  });

  it("says so as JSON to who asked for JSON", async () => {
    server.stop();
    const { stdout, stderr } = await list({}, "--json");
    expect(stdout).toBe("");
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "UNREACHABLE" } });
  });

  it.each([
    { status: 502, body: "<html>Bad gateway</html>", headers: {}, says: "HTTP 502 without JSON" },
    { status: 200, body: '{"hello":"world"}', headers: {}, says: "not from GraphQL" },
    {
      ...{ status: 301, body: "", headers: { location: "https://elsewhere.example/" } },
      says: "it redirects to https://elsewhere.example/",
    },
  ])("recognises what is no tracker: $says", async ({ status, body, headers, says }) => {
    answer(status, body, headers);
    const { code, stderr } = await list();
    expect(code).toBe(1);
    expect(stderr).toContain(says);
  });

  it("sends its key as a bearer, to the address with its folder, and shows it nowhere", async () => {
    answer(
      401,
      JSON.stringify({ errors: [{ message: "No.", extensions: { code: "UNAUTHENTICATED" } }] }),
    );
    const { code, stdout, stderr } = await list({
      TRACKER_URL: `${server.url}/tracker/`,
      TRACKER_API_KEY: KEY,
    });
    expect(code).toBe(1);
    expect(stderr).toContain("No. [UNAUTHENTICATED]");
    expect(stderr).toContain("Set TRACKER_API_KEY");
    expect(server.requests[0]).toMatchObject({
      path: "/tracker/graphql",
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect(stdout + stderr).not.toContain(KEY);
  });

  it("takes an address without a scheme: of this machine as http", async () => {
    answer(200, JSON.stringify({ data: { repositories: { nodes: [], pageInfo: {} } } }));
    for (const TRACKER_URL of [
      server.url.replace("http://", ""),
      server.url.replace("http://127.0.0.1", "localhost"),
      ` ${server.url.replace("http://", "")}/graphql`,
    ]) {
      const { code, stderr } = await list({ TRACKER_URL });
      expect({ TRACKER_URL, code }).toEqual({ TRACKER_URL, code: 0 });
      expect(stderr).toContain("Nothing like that is tracked");
    }
  });

  it("and of any other machine as https, so that no key is sent in the clear", async () => {
    const { code, stderr } = await list({ TRACKER_URL: "tracker.invalid:4000/folder" });
    expect(code).toBe(1);
    expect(stderr).toContain("No tracker answers at https://tracker.invalid:4000 (");
  });

  it("says that what answers does not speak TLS, and which address may be meant", async () => {
    answer(404, "");
    const { host } = new URL(server.url);
    const { code, stderr } = await list({ TRACKER_URL: `https://${host}/folder/` });
    expect(code).toBe(1);
    expect(stderr).toContain(
      `What is at https://${host} answers, but not TLS: try TRACKER_URL=http://${host}/folder. [WRONG_SCHEME]`,
    );
    const waited = await runCommand(["wait-for", "o/n", "a".repeat(40), "--json"], {
      TRACKER_URL: `https://${host}`,
      TRACKER_API_KEY: KEY,
    });
    expect(JSON.parse(waited.stderr)).toMatchObject({ error: { code: "WRONG_SCHEME" } });
    for (const { headers } of server.requests) expect(JSON.stringify(headers)).not.toContain(KEY);
  });

  it.each([
    { what: "closes", text: "" },
    { what: "tells a browser", text: "HTTP/1.1 400 Bad Request\r\ncontent-length: 3\r\n\r\nno\n" },
  ])("says that what $what in the clear wants TLS", async ({ text }) => {
    await using secure = await startTlsServer(text);
    const { code, stderr } = await list({ TRACKER_URL: `http://127.0.0.1:${secure.port}` });
    expect(code).toBe(1);
    expect(stderr).toContain(
      `answers with TLS alone: try TRACKER_URL=https://127.0.0.1:${secure.port}. [WRONG_SCHEME]`,
    );
    const untrusted = await list({ TRACKER_URL: `https://127.0.0.1:${secure.port}` });
    expect(untrusted.stderr).toContain("its certificate is not trusted; NODE_EXTRA_CA_CERTS");
  });

  it("refuses an address or a key that cannot be, without repeating it", async () => {
    for (const env of [
      { TRACKER_URL: `http://user:${KEY}@127.0.0.1/` },
      { TRACKER_URL: `${KEY}://` },
      { TRACKER_API_KEY: `${KEY}\n` },
    ]) {
      const { code, stdout, stderr } = await list(env);
      expect(code).toBe(1);
      expect(stderr).toMatch(/TRACKER_(URL|API_KEY)/);
      expect(stdout + stderr).not.toContain(KEY);
    }
  });
});

/** An https server that answers what is not TLS with `text` and closes, as some do. */
async function startTlsServer(text: string) {
  const read = (name: string) => readFileSync(`tests/fixtures/tls-${name}.pem`);
  const secure = createTlsServer({ key: read("key"), cert: read("certificate") });
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("readable", () => {
      const first: Buffer | null = socket.read();
      if (first?.[0] === TLS_HANDSHAKE) {
        socket.unshift(first);
        secure.emit("connection", socket);
      } else socket.end(text);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}
const TLS_HANDSHAKE = 0x16;
