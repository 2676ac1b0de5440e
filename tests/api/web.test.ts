import { request as httpRequest, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiKey } from "../../src/store/keys/api-key-store.js";
import { startTestApi, type TestApi } from "./test-api.js";

const SCRIPT_BYTES_MAX = 150_000;
const PLACES = ["/", "/repositories", "/repositories/a/b?author=c", "/commits/a/b/0a", "/system"];

/** With the bytes as they came. */
async function get(url: string, headers: Record<string, string> = {}) {
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    httpRequest(url, { headers }, resolve).on("error", reject).end(),
  );
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

describe("the page at /, as `npm run build` leaves it", () => {
  let api: TestApi;
  let assets: string[];
  beforeAll(async () => {
    api = await startTestApi();
    await createApiKey(api.database, { name: "so that keys are needed", role: "READER" });
    const html = String((await get(`${api.url}/`)).body);
    assets = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = ""]) => api.url + path);
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  it("is there without a key at each address that is shared, and may load nothing from elsewhere", async () => {
    for (const place of PLACES) {
      const { status, headers, body } = await get(api.url + place);
      expect(status, place).toBe(200);
      expect(headers).toMatchObject({
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-cache",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
      });
      const policy = String(headers["content-security-policy"]);
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
      expect(String(body)).not.toMatch(/https?:|<script>|<style|style="/);
    }
    expect((await get(`${api.url}/elsewhere`)).status).toBe(404);
    expect((await get(`${api.url}/assets/..%2Findex.html`)).status).toBe(404);
  });

  it("names its files by their content, to be kept for good", async () => {
    expect(assets.length).toBeGreaterThan(1);
    for (const asset of assets) {
      expect(asset).toMatch(/-[\w-]{8}\.(js|css|svg)$/);
      const { status, headers } = await get(asset);
      expect(status, asset).toBe(200);
      expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
      expect(headers.vary).toBe("accept-encoding");
    }
  });

  it("sends them in the smallest form that is taken, alike in each", async () => {
    for (const asset of assets) {
      const plain = (await get(asset)).body;
      const br = await get(asset, { "accept-encoding": "gzip, br" });
      const gzip = await get(asset, { "accept-encoding": "gzip" });
      const none = await get(asset, { "accept-encoding": "br;q=0, identity" });
      expect(br.headers["content-encoding"]).toBe("br");
      expect(gzip.headers["content-encoding"]).toBe("gzip");
      expect(none.headers["content-encoding"]).toBeUndefined();
      expect(brotliDecompressSync(br.body).equals(plain)).toBe(true);
      expect(gunzipSync(gzip.body).equals(plain)).toBe(true);
    }
  });

  it("loads at most 150 kB of JavaScript, even by gzip", async () => {
    const scripts = assets.filter((asset) => asset.endsWith(".js"));
    const sizes = scripts.map(async (asset) => {
      const { body } = await get(asset, { "accept-encoding": "gzip" });
      expect(String(gunzipSync(body)), "nothing more is loaded later").not.toMatch(/import\(/);
      return body.length;
    });
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(0);
    expect(total).toBeLessThanOrEqual(SCRIPT_BYTES_MAX);
  });

  it("offers the playground only where there is one, and is left out where it is not wanted", async () => {
    expect(String((await get(`${api.url}/`)).body)).toContain("data-playground");
    await using without = await startTestApi({ hasPlayground: false });
    expect(String((await get(`${without.url}/`)).body)).not.toContain("data-playground");
    await using off = await startTestApi({ hasWeb: false });
    for (const place of PLACES) expect((await get(off.url + place)).status).toBe(404);
  });
});
