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
