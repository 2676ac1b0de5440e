import { auditServer } from "graphql-http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiKey } from "../../src/store/keys/api-key-store.js";
import { startTestApi, type TestApi } from "./test-api.js";
import { bearer } from "./ways.js";

/** https://graphql.github.io/graphql-over-http/draft/, audited by the reference implementation. */
describe("GraphQL over HTTP", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  async function audit(key?: string) {
    const results = await auditServer({
      url: `${api.url}/graphql`,
      fetchFn: (url: string, { headers, ...init }: RequestInit = {}) =>
        fetch(url, {
          ...init,
          headers: { ...Object.fromEntries(new Headers(headers)), ...bearer(key) },
        }),
    });
    const failed = results.flatMap((result) => (result.status === "ok" ? [] : [result]));
    return {
      count: results.length,
      faults: failed
        .filter(({ status }) => status !== "notice")
        .map(({ id, name, reason }) => `${id} ${name}: ${reason}`),
      notices: failed.filter(({ status }) => status === "notice").map(({ id }) => id),
    };
  }

  it("passes all 61 audits, those of GET too", async () => {
    expect(await audit()).toEqual({ count: 61, faults: [], notices: [] });
  });

  it("passes them with a key just the same", async () => {
    const { secret } = await createApiKey(api.database, { name: "audit", role: "READER" });
    expect(await audit(secret)).toEqual({ count: 61, faults: [], notices: [] });
  });
});
