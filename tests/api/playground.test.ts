import { request as httpRequest, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiKey } from "../../src/store/keys/api-key-store.js";
import { eventually } from "../support/eventually.js";
import { post } from "../support/graphql-client.js";
import { startTestApi, type TestApi } from "./test-api.js";

const A_PHONE_LOADS_BYTES_MAX = 400_000;
const DECODE = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
  identity: (body: Buffer) => body,
} as const;

/** With the bytes as they came. */
async function get(url: string, headers: Record<string, string> = {}) {
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    httpRequest(url, { headers }, resolve).on("error", reject).end(),
  );
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

const page = (api: TestApi, search = "") =>
  get(`${api.url}/graphql${search}`, { accept: "text/html,application/xhtml+xml,*/*;q=0.8" });

/** Addresses of all that the page loads, its modules' own imports too. */
async function assetsOf(api: TestApi): Promise<string[]> {
  const html = String((await page(api)).body);
  const paths = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = ""]) => path);
  const start = paths.find((path) => path.endsWith("/start.js")) ?? "";
  const modules = new Set<string>([start]);
  for (const path of modules) {
    const text = String((await get(`${api.url}${path}`)).body);
    for (const [, name = ""] of text.matchAll(/from "\.\/([^"]+)"/g)) {
      modules.add(new URL(name, `${api.url}${path}`).pathname);
    }
  }
  return [...new Set([...paths, ...modules])].map((path) => `${api.url}${path}`);
}

describe("the playground's page", () => {
  let api: TestApi;
  let assets: string[];
  beforeAll(async () => {
    api = await startTestApi();
    assets = await assetsOf(api);
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  it("is there without a key, with a link too, and may load and tell nothing but this server", async () => {
    const { status, headers, body } = await page(api, "?query=%7B__typename%7D");
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
    const policy = String(headers["content-security-policy"]).split("; ");
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(String(headers["content-security-policy"])).not.toMatch(/https?:|unsafe-eval|\*/);
    expect(String(body)).toContain("Begin here: press ▶");
    expect(String(body)).toContain('content="width=device-width, initial-scale=1"');
  });

  it("has nothing of a link or of a tab in its markup", async () => {
    const { body } = await page(api, "?query=%3Cscript%3Ealert(1)%3C%2Fscript%3E");
    expect(String(body)).not.toContain("alert(1)");
    const data = /id="prepared-tabs">(.*?)<\/script>/s.exec(String(body))?.[1] ?? "";
    expect(data).not.toContain("<");
    expect(JSON.parse(data)).not.toHaveLength(0);
  });

  it.each([
    { accepts: "gzip, deflate, br, zstd", sent: "br" },
    { accepts: "gzip, deflate", sent: "gzip" },
    { accepts: "br;q=0, gzip;q=0.5", sent: "gzip" },
    { accepts: "gzip, *;q=0", sent: "gzip" },
    { accepts: "*", sent: "br" },
    { accepts: "zstd", sent: "identity" },
    { accepts: "identity", sent: "identity" },
    { accepts: "", sent: "identity" },
  ] as const)(
    "sends what it loads as $sent to who accepts '$accepts'",
    async ({ accepts, sent }) => {
      for (const asset of assets) {
        const plain = await get(asset);
        expect(plain.headers["content-encoding"]).toBeUndefined();
        const { status, headers, body } = await get(asset, { "accept-encoding": accepts });
        expect(status).toBe(200);
        expect(headers["content-encoding"]).toBe(sent === "identity" ? undefined : sent);
        expect(headers.vary).toBe("accept-encoding");
        expect(DECODE[sent](body).equals(plain.body)).toBe(true);
      }
    },
  );

  it("loads less than GraphiQL's own fonts and scripts, and each of it once", async () => {
    let bytes = 0;
    for (const asset of assets) {
      const { headers, body } = await get(asset, { "accept-encoding": "br" });
      bytes += body.length;
      expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
      expect(headers["x-content-type-options"]).toBe("nosniff");
    }
    expect(bytes).toBeLessThan(A_PHONE_LOADS_BYTES_MAX);
  });

  it("finds its assets under an older version's address, but not for ever", async () => {
    for (const asset of assets) {
      const { status, headers } = await get(
        asset.replace(/assets\/[^/]+/, "assets/0123456789abcdef"),
      );
      expect(status).toBe(200);
      expect(headers["cache-control"]).toBe("no-cache");
    }
    const [first = ""] = assets;
    for (const name of ["nothing.js", "..%2Fassets.js", "%2e%2e%2fgraphiql.js", "page.js"]) {
      expect((await get(first.replace(/[^/]+$/, name))).status).toBe(404);
    }
  });
});

describe("the playground", () => {
  it("can be switched off, with all that it loads", async () => {
    await using on = await startTestApi();
    const assets = (await assetsOf(on)).map((asset) => new URL(asset).pathname);
    expect(assets.length).toBeGreaterThan(5);
    await using off = await startTestApi({ hasPlayground: false });
    const { headers, body } = await page(off);
    expect(headers["content-type"]).toMatch(/json/);
    expect(JSON.parse(String(body))).toMatchObject({ errors: [{}] });
    for (const asset of assets) expect((await get(`${off.url}${asset}`)).status).toBe(404);
  });

  it("shows its page to who has no key yet, and has a place for one", async () => {
    await using api = await startTestApi();
    await createApiKey(api.database, { name: "some", role: "READER" });
    await eventually(async () => {
      expect((await post(api.url, "{ __typename }")).errors).toBeDefined();
    });
    const { status, body } = await page(api);
    expect(status).toBe(200);
    expect(String(body)).toMatch(/<label>API key <input type="password"/);
    for (const asset of await assetsOf(api)) expect((await get(asset)).status).toBe(200);
  });
});
