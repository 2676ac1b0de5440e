import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApi, type TestApi } from "./test-api.js";
import { WAYS } from "./ways.js";

const repeat = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(" ");

/** What graphql-cop sends, and finds where an answer has data. */
const OVERLOADS = {
  "alias overloading": `query cop { ${repeat(101, (index) => `alias${index}: __typename`)} }`,
  "directive overloading": `query cop { __typename ${"@aa".repeat(10)} }`,
  "overloading with directives that there are": `query cop { __typename ${"@skip(if: false) ".repeat(40)} }`,
  "field duplication": `query cop { ${"__typename ".repeat(500)} }`,
  "field duplication in a fragment": `query cop { ${"...F ".repeat(50)} } fragment F on Query { ${"__typename ".repeat(10)} }`,
  "circular introspection": `query cop { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }`,
};

/** https://github.com/dolevf/graphql-cop, each of its checks, over every way in. */
describe("graphql-cop", () => {
  let api: TestApi;
  /** Whose schema is not to be known. */
  let closed: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
    closed = await startTestApi({ isIntrospectable: false });
  });
  afterAll(async () => {
    await closed?.[Symbol.asyncDispose]();
    await api?.[Symbol.asyncDispose]();
  });

  const raw = (init: RequestInit & { search?: string }) =>
    fetch(`${api.url}/graphql${init.search ?? ""}`, init);
  const postJson = (body: unknown) =>
    raw({
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });

  describe.each(WAYS)("over $way", ({ send }) => {
    it.each(Object.entries(OVERLOADS))("finds no %s", async (_check, query) => {
      const { data, errors } = await send(api.url, { query });
      expect(data ?? null).toBeNull();
      expect(errors?.[0]?.extensions?.code).toBe("GRAPHQL_VALIDATION_FAILED");
      expect(errors?.length).toBeLessThan(10); // ten for ten directives is its finding
    });

    it.each([
      "query cop { __schema { directive } }",
      "{ repositorys { totalCount } }",
      "{ repositories(frist: 1) { totalCount } }",
      "{ repositories { nodes { stat } } }",
      "query ($states: [RepositoryStat!]) { repositories { totalCount } }",
      "{ repositories(filter: { states: [ACTIV] }) { totalCount } }",
      "{ commits { nodes { ... on Comit { oid } } } }",
    ])("finds no suggestion for %s, unless the schema may be asked for", async (query) => {
      const { errors } = await send(closed.url, { query });
      expect(errors?.length).toBeGreaterThan(0);
      expect(JSON.stringify(errors)).not.toMatch(/did you mean/i);
      if (query.includes("__schema")) return;
      expect(JSON.stringify(await send(api.url, { query }))).toMatch(/ Did you mean /);
    });

    it("finds no suggestion in a variable's value, unless the schema may be asked for", async () => {
      const operation = {
        query: "query ($filter: RepositoryFilter) { repositories(filter: $filter) { totalCount } }",
        variables: { filter: { states: ["ACTIV"], ownr: "x" } },
      };
      const { errors } = await send(closed.url, operation);
      expect(errors?.length).toBeGreaterThan(0);
      expect(JSON.stringify(errors)).not.toMatch(/did you mean/i);
      expect(JSON.stringify(await send(api.url, operation))).toMatch(/ Did you mean /);
    });

    it("finds no tracing and no stack trace", async () => {
      const fine = await send(api.url, { query: "query cop { __typename }" });
      expect(fine).toEqual({ data: { __typename: "Query" } });
      for (const query of ["qwerty cop { abc }", "query cop { abc }", "{", ""]) {
        const answer = await send(api.url, { query });
        expect(answer.errors?.length).toBeGreaterThan(0);
        expect(JSON.stringify(answer)).not.toMatch(
          /exception|stacktrace|tracing|node_modules| at /,
        );
      }
    });
  });

  it("finds no array batching", async () => {
    const response = await postJson(
      Array.from({ length: 10 }, () => ({ query: "{ __typename }" })),
    );
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain("__typename");
  });

  it.each([
    { what: "query of another site's page", text: "query cop { __typename }", site: "cross-site" },
    { what: "mutation", text: "mutation cop { __typename }", site: "same-origin" },
  ])("finds no $what by GET", async ({ text, site }) => {
    const search = `?query=${encodeURIComponent(text)}`;
    for (const accept of ["*/*", "application/json", "text/html", "text/event-stream"]) {
      const response = await raw({ search, headers: { accept, "sec-fetch-site": site } });
      expect(await response.text()).not.toContain('"data"');
    }
  });

  it.each([
    "application/x-www-form-urlencoded",
    "text/plain",
    "multipart/form-data; boundary=x",
    "",
  ])("finds no query by POST of %j, which any page may send", async (type) => {
    const bodies = [
      "query=query%20cop%20%7B__typename%7D",
      '{"query":"{ __typename }"}',
      '--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{"query":"{ __typename }"}\r\n--x--',
    ];
    for (const accept of ["application/json", "text/event-stream"]) {
      for (const body of bodies) {
        const response = await raw({
          method: "POST",
          headers: { accept, "content-type": type },
          body: Buffer.from(body),
        });
        expect(response.status).toBeGreaterThanOrEqual(400);
        expect(await response.text()).not.toContain('"data"');
      }
    }
  });
});
