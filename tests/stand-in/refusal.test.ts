import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { ask, send } from "./ask.js";

let standIn: GitHubStandIn;

beforeAll(async () => {
  standIn = await startGitHubStandIn({ secondaryLimits: null });
  await standIn.addRepository({ owner: "acme", name: "one" });
  await standIn.commit("acme/one", [{ message: "one" }]);
});
afterAll(() => standIn.stop());

/** The body of the answer to a query, which is HTTP 200 whatever is wrong with it. */
async function refusal(query: string, variables = {}): Promise<unknown> {
  const answer = await ask(standIn.url, query, variables);
  expect(answer.status).toBe(200);
  return JSON.parse(answer.text);
}

describe("who asks", () => {
  test("with an unknown token is told bad credentials", async () => {
    const answer = await ask(
      standIn.url,
      "{ viewer { login } }",
      {},
      { authorization: "bearer x" },
    );
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.text)).toEqual({
      message: "Bad credentials",
      documentation_url: "https://docs.github.com/graphql",
      status: "401",
    });
  });

  test("without a token is told to authenticate", async () => {
    const answer = await ask(standIn.url, "{ viewer { login } }", {}, { authorization: "" });
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.text)).toEqual({
      message: "This endpoint requires you to be authenticated.",
      documentation_url:
        "https://docs.github.com/graphql/guides/forming-calls-with-graphql#authenticating-with-graphql",
    });
  });

  test("with a token in either scheme is the viewer, until the token is revoked", async () => {
    await standIn.addUser({ login: "leaver", databaseId: 42, tokens: ["leaving"] });
    const viewer = { viewer: { login: "leaver", databaseId: 42 } };
    for (const authorization of ["bearer leaving", "Bearer leaving", "token leaving"]) {
      const query = "{ viewer { login databaseId } }";
      expect((await ask(standIn.url, query, {}, { authorization })).data).toEqual(viewer);
    }
    await standIn.revokeToken("leaving");
    const after = await ask(
      standIn.url,
      "{ viewer { login } }",
      {},
      { authorization: "bearer leaving" },
    );
    expect(after.status).toBe(401);
  });
});

describe("a malformed request", () => {
  test("that is not JSON is 400", async () => {
    const answer = await send(standIn.url, "{query:");
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toEqual({
      message: "Problems parsing JSON",
      documentation_url: "https://docs.github.com/graphql",
      status: "400",
    });
  });

  test("without a query text, or too large to be read whole, misses its query attribute", async () => {
    const missing = {
      errors: [{ message: "A query attribute must be specified and must be a string." }],
    };
    const large = JSON.stringify({ query: `{ viewer { login } } #${"x".repeat(300_000)}` });
    for (const body of ["{}", '{"query":5}', "[]", large]) {
      const answer = await send(standIn.url, body);
      expect([answer.status, JSON.parse(answer.text)]).toEqual([200, missing]);
    }
  });

  test("with a token out of place gets a parse error with its position", async () => {
    const query = `\n\n\n\n\n\n${" ".repeat(79)}= {`;
    expect(await refusal(query)).toEqual({
      errors: [
        {
          locations: [{ line: 7, column: 80 }],
          message: 'Parse error on "=" (EQUALS) at [7, 80]',
        },
      ],
    });
    expect(await refusal("{ viewer {")).toMatchObject({
      errors: [{ message: "Unexpected end of document" }],
    });
  });
});

describe("an invalid query", () => {
  test("is refused in graphql-ruby's words, with path and code", async () => {
    expect(await refusal("{ DSD }")).toEqual({
      errors: [
        {
          path: ["query", "DSD"],
          extensions: { code: "undefinedField", typeName: "Query", fieldName: "DSD" },
          locations: [{ line: 1, column: 3 }],
          message: "Field 'DSD' doesn't exist on type 'Query'",
        },
      ],
    });
  });

  test.each([
    [
      "query Look { viewer }",
      "Field must have selections (field 'viewer' returns User but has no selections. Did you mean 'viewer { ... }'?)",
      ["query Look", "viewer"],
    ],
    [
      "{ viewer { login { x } } }",
      "Selections can't be made on scalars (field 'login' returns String but has selections [\"x\"])",
      ["query", "viewer", "login"],
    ],
    [
      '{ r: repository(owner: "a", name: "b", colour: 1) { id } }',
      "Field 'repository' doesn't accept argument 'colour'",
      ["query", "r", "colour"],
    ],
    [
      '{ repository(owner: "a") { id } }',
      "Field 'repository' is missing required arguments: name",
      ["query", "repository"],
    ],
    [
      "query Q { node(id: $id) { id } }",
      "Variable $id is used by Q but not declared",
      ["query Q", "node", "id"],
    ],
    [
      "query Q($id: ID!) { viewer { login } }",
      "Variable $id is declared by Q but not used",
      ["query Q"],
    ],
    ["{ ...F }", "Fragment F was used, but not defined", ["query", "... F"]],
  ])("%s", async (query, message, path) => {
    expect(await refusal(query)).toMatchObject({ errors: [{ message, path }] });
  });

  test("with a variable of the wrong type names the variable", async () => {
    expect(await refusal("query ($id: ID!) { node(id: $id) { id } }")).toEqual({
      errors: [
        {
          extensions: {
            value: null,
            problems: [{ path: [], explanation: "Expected value to not be null" }],
          },
          locations: [{ line: 1, column: 8 }],
          message: "Variable $id of type ID! was provided invalid value",
        },
      ],
    });
  });
});

describe("page sizes", () => {
  const issues = (page: string) => `{
  repository(owner: "acme", name: "one") {
    issues${page} { nodes { id } }
  }
}`;
  const refused = (type: string, message: string) => ({
    data: { repository: null },
    errors: [
      { type, path: ["repository", "issues"], locations: [{ line: 3, column: 5 }], message },
    ],
  });

  test("above 100 are excessive", async () => {
    expect(await refusal(issues("(first: 101)"))).toEqual(
      refused(
        "EXCESSIVE_PAGINATION",
        "Requesting 101 records on the `issues` connection exceeds the `first` limit of 100 records.",
      ),
    );
  });

  test("are required", async () => {
    expect(await refusal(issues(""))).toEqual(
      refused(
        "MISSING_PAGINATION_BOUNDARIES",
        "You must provide a `first` or `last` value to properly paginate the `issues` connection.",
      ),
    );
  });

  test("hold for history and parents as well", async () => {
    const history = (page: string, below: string) =>
      `{ repository(owner: "acme", name: "one") { object(expression: "main") { ... on Commit { history${page} { nodes { ${below} } } } } } }`;
    expect(await refusal(history("(last: 200)", "oid"))).toMatchObject({
      data: { repository: { object: null } },
      errors: [
        {
          message:
            "Requesting 200 records on the `history` connection exceeds the `last` limit of 100 records.",
        },
      ],
    });
    expect(await refusal(history("(first: 1)", "parents { nodes { oid } }"))).toMatchObject({
      errors: [
        {
          type: "MISSING_PAGINATION_BOUNDARIES",
          path: ["repository", "object", "history", "nodes", 0, "parents"],
        },
      ],
    });
  });

  test("may add up to 500,000 nodes and no more, by the declared shape", async () => {
    const query = `{ viewer { repositories(first: 50) { nodes { issues(first: 200) { nodes { labels(first: 200) { nodes { id } } } } } } } }`;
    expect(await refusal(query)).toEqual({
      errors: [
        {
          type: "MAX_NODE_LIMIT_EXCEEDED",
          message:
            "This query requests up to 2,010,050 possible nodes which exceeds the maximum limit of 500,000.",
        },
      ],
    });
  });
});

test("a field that the stand-in cannot answer is refused loudly, not answered emptily", async () => {
  expect(
    await refusal('{ repository(owner: "acme", name: "one") { name stargazerCount } }'),
  ).toMatchObject({
    data: { repository: null },
    errors: [
      {
        type: "NOT_IMPLEMENTED",
        message: "The GitHub stand-in does not implement `Repository.stargazerCount`.",
      },
    ],
  });
});

test("commit statistics are unavailable, which nulls the commit and keeps the rest", async () => {
  expect(
    await refusal(
      '{ repository(owner: "acme", name: "one") { name object(expression: "main") { ... on Commit { history(first: 1) { nodes { additions } } } } } }',
    ),
  ).toMatchObject({
    data: { repository: { name: "one", object: { history: { nodes: [null] } } } },
    errors: [
      {
        type: "SERVICE_UNAVAILABLE",
        path: ["repository", "object", "history", "nodes", 0, "additions"],
        message: "The additions count for this commit is unavailable.",
      },
    ],
  });
});
