import { readFile } from "node:fs/promises";
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  printSchema,
} from "graphql";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { OperationApis } from "../../src/api/execution/operation-api.js";
import { createSchema } from "../../src/api/schema/schema.js";
import { TrackerError } from "../../src/domain/errors.js";
import { type Database, openDatabase } from "../../src/postgres/database.js";
import { eventually } from "../support/eventually.js";
import { ask, post } from "../support/graphql-client.js";
import { startTcpProxy } from "../support/tcp-proxy.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { overWebSocket, startTestApi, type TestApi } from "./test-api.js";

const html = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

describe("adding a repository", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  const ADD = `mutation ($url: String!, $trackFrom: DateTime) { addRepository(url: $url, trackFrom: $trackFrom) {
    created repository { id nameWithOwner state trackFrom } } }`;

  it("answers at once with it PENDING, and the next query finds it", async () => {
    const trackFrom = "2024-05-01T00:00:00.000Z";
    const { addRepository } = await ask<{ addRepository: { repository: { id: string } } }>(
      api.url,
      ADD,
      { url: "https://github.com/Octo/New.git", trackFrom },
    );
    const expected = { nameWithOwner: "Octo/New", state: "PENDING", trackFrom };
    expect(addRepository).toMatchObject({ created: true, repository: expected });
    const { repositories, repository } = await ask<Record<string, unknown>>(
      api.url,
      `{ repository(nameWithOwner: "octo/new") { id } repositories { nodes { id } } }`,
    );
    expect(repository).toEqual({ id: addRepository.repository.id });
    expect(repositories).toEqual({ nodes: [{ id: addRepository.repository.id }] });
  });

  it("changes nothing when it is added again in another spelling, also at the same time", async () => {
    const urls = [
      "octo/same",
      "OCTO/Same",
      "git@github.com:octo/same.git",
      "http://github.com/octo/same/",
    ];
    const answers = await Promise.all(
      [...urls, ...urls].map((url) =>
        ask<{ addRepository: { created: boolean; repository: { id: string } } }>(api.url, ADD, {
          url,
        }),
      ),
    );
    const added = answers.map(({ addRepository }) => addRepository);
    expect(added.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(added.map(({ repository }) => repository.id)).size).toBe(1);
  });

  it.each([
    "",
    " ",
    "../etc/passwd",
    "https://gitlab.com/o/n",
    "o/n/x",
    "a\u0000/b",
    "x".repeat(10_000),
  ])("refuses the address %j, naming the field, and stores nothing", async (url) => {
    const before = await api.database.primary.repository.count();
    const { errors } = await post(api.url, ADD, { url });
    expect(errors?.[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "url" });
    expect(await api.database.primary.repository.count()).toBe(before);
  });

  it("refuses a start that is no date", async () => {
    for (const trackFrom of ["yesterday", "0000-01-01T00:00:00Z", 7]) {
      const { errors } = await post(api.url, ADD, { url: "octo/dated", trackFrom });
      expect(errors?.[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT" });
    }
  });
});

describe("failures", () => {
  it("of a client that says what a lost database connection says are the client's own, over HTTP and WebSocket", async () => {
    await using api = await startTestApi();
    for (const said of ["SocketTimeout", "ConnectionClosed", "DatabaseNotReachable"]) {
      const unknown = `{ ${said} }`;
      const coerced = `query ($first: Int) { repositories(first: $first) { nodes { id } } }`;
      for (const [query, variables] of [
        [unknown, {}],
        [coerced, { first: said }],
      ] as const) {
        for (const answer of [
          await post(api.url, query, variables),
          await overWebSocket(api.url, query, variables),
        ]) {
          const [error] = answer.errors ?? [];
          expect(error?.message).toContain(said);
          expect(error?.extensions?.code).toMatch(/^(GRAPHQL_VALIDATION_FAILED|BAD_USER_INPUT)$/);
        }
      }
    }
    expect(api.log()).not.toContain("operation failed");
  });

  it("are masked with an id that the log has, over HTTP and WebSocket", async () => {
    const secret = "ghp_0123456789abcdefghijABCDEFGHIJ0123456789";
    await using api = await startTestApi({
      database: (real) => ({
        ...real,
        get reader(): never {
          throw new Error(`connect postgresql://tracker:hunter2@db failed with ${secret}`);
        },
      }),
    });
    const query = `{ repository(nameWithOwner: "o/n") { id } }`;
    for (const answer of [await post(api.url, query), await overWebSocket(api.url, query)]) {
      const text = JSON.stringify(answer);
      expect(text).not.toMatch(/ghp_|hunter2|postgresql|\.ts|node_modules/);
      const [error] = answer.errors ?? [];
      expect(error?.message).toBe("Internal server error");
      expect(error?.extensions?.code).toBe("INTERNAL_SERVER_ERROR");
      const { errorId } = error?.extensions ?? {};
      expect(errorId).toMatch(/^[0-9a-f-]{36}$/);
      expect(api.log()).toContain(errorId);
    }
  });

  it("that a client can wait out say so with a stable code, and are logged as a warning", async () => {
    await using api = await startTestApi({
      database: (real) => ({
        ...real,
        get reader(): never {
          throw new TrackerError(
            "DATABASE_UNAVAILABLE",
            "The database cannot be reached right now.",
          );
        },
      }),
    });
    const query = `{ repository(nameWithOwner: "o/n") { id } }`;
    for (const answer of [await post(api.url, query), await overWebSocket(api.url, query)]) {
      expect(answer.errors?.[0]).toMatchObject({
        message: "The database cannot be reached right now.",
        extensions: { code: "DATABASE_UNAVAILABLE" },
      });
    }
    expect(api.log()).toMatch(/"level":40.*DATABASE_UNAVAILABLE/);
    expect(api.log()).not.toMatch(/"level":50/);
  });

  it("of the database's line last as long as the line is cut, and no longer", async () => {
    const server = new URL(inject("postgres").url);
    await using proxy = await startTcpProxy({ host: server.hostname, port: Number(server.port) });
    await using api = await startTestApi({
      database: (_real, url) => {
        const proxied = new URL(url);
        proxied.host = `127.0.0.1:${proxy.port}`;
        return openDatabase({ url: proxied.href, connectionsMax: 2 });
      },
    });
    const query = "{ repositories { totalCount nodes { id } } }";
    expect((await post(api.url, query)).errors).toBeUndefined();
    proxy.block();
    for (const answer of [await post(api.url, query), await overWebSocket(api.url, query)]) {
      expect(answer.errors?.[0]?.extensions).toEqual({ code: "DATABASE_UNAVAILABLE" });
      expect(JSON.stringify(answer)).not.toMatch(/127\.0\.0\.1|ECONN|postgres/i);
    }
    proxy.restore();
    await eventually(async () => expect((await post(api.url, query)).errors).toBeUndefined());
  });

  it("of the client have the same code over HTTP and WebSocket, and leave no line in the log", async () => {
    await using api = await startTestApi();
    for (const [query, variables] of [
      ["{", {}],
      ["{ nonsense }", {}],
      ["query ($first: Int) { repositories(first: $first) { totalCount } }", { first: "many" }],
      ["{ repositories(first: 0) { totalCount } }", {}],
      [`{ commits(repository: "o/n") { totalCount } }`, {}],
      ["query A { __typename } query B { __typename }", {}],
    ] as const) {
      const http = await post(api.url, query, variables);
      const socket = await overWebSocket(api.url, query, variables);
      expect(http.errors?.[0]?.extensions?.code).toMatch(/^[A-Z_]+$/);
      expect(socket.errors?.[0]?.extensions).toEqual(http.errors?.[0]?.extensions);
      expect(socket.errors?.[0]?.message).toBe(http.errors?.[0]?.message);
    }
    expect(api.log()).not.toMatch(/"level":[456]0/);
  });
});

describe("the one port of a process", () => {
  let api: TestApi;
  let isReady = true;
  beforeAll(async () => {
    const broken = () => {
      throw new Error("no answer");
    };
    api = await startTestApi({
      checks: [
        { name: "database", isReady: () => true },
        { name: "queue", isReady: () => isReady },
        { name: "fanout", isReady: () => isReady || broken() },
      ],
    });
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  it("says that it lives, and whether what it needs is there", async () => {
    expect((await fetch(`${api.url}/livez`)).status).toBe(200);
    expect((await fetch(`${api.url}/readyz`)).status).toBe(200);
    isReady = false;
    await eventually(async () => {
      const response = await fetch(`${api.url}/readyz`);
      expect(response.status).toBe(503);
      expect(await response.json()).toEqual({ status: "not ready", failing: ["queue", "fanout"] });
    });
    isReady = true;
    await eventually(async () => expect((await fetch(`${api.url}/readyz`)).status).toBe(200));
  });

  it("counts operations by type and outcome, HTTP and WebSocket together", async () => {
    await ask(api.url, "{ feed { sequence } }");
    await overWebSocket(api.url, "{ feed { sequence } }");
    await post(api.url, "{ repositories(first: 0) { totalCount } }");
    await post(api.url, "{");
    const id = await storeRepository(api.database, "octo", "counted");
    await storeEvent(api.database, id, line(1, 1));
    await overWebSocket(api.url, `subscription { commitsIngested(after: "0") { sequence } }`);
    await eventually(async () => {
      const text = await (await fetch(`${api.url}/metrics`)).text();
      for (const sample of [
        'tracker_graphql_operations_total{type="query",outcome="ok"} 2',
        'tracker_graphql_operations_total{type="query",outcome="BAD_USER_INPUT"} 1',
        'tracker_graphql_operations_total{type="unknown",outcome="GRAPHQL_PARSE_FAILED"} 1',
        'tracker_graphql_operations_total{type="subscription",outcome="ok"} 1',
        'tracker_graphql_operation_duration_seconds_count{type="query"}',
        "tracker_feed_subscribers 0",
        "process_cpu_seconds_total",
      ]) {
        expect(text).toContain(sample);
      }
    });
  });

  it("gives a browser GraphiQL, every part of it from here", async () => {
    const response = await fetch(`${api.url}/graphql`, { headers: html });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^text\/html/);
    const page = await response.text();
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    const paths = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path);
    expect(paths.length).toBeGreaterThanOrEqual(6);
    for (const path of paths) {
      const asset = await fetch(`${api.url}${path}`);
      expect(asset.status, path).toBe(200);
      expect(asset.headers.get("content-type")).toMatch(/^text\/(javascript|css)/);
      expect((await asset.text()).length).toBeGreaterThan(100);
    }
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:|script-src[^;]*unsafe/);
    expect((await fetch(`${api.url}/graphql/assets/../../package.json`)).status).toBe(404);
  });

  it("tells a program that GETs nothing what is missing", async () => {
    const response = await fetch(`${api.url}/graphql`, { headers: { accept: "application/json" } });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("`query`");
  });
});

describe("a page of a repository's commits", () => {
  it("is one statement by its id, and says when there is no such repository", async () => {
    let statements = 0;
    await using api = await startTestApi({
      database(real) {
        const query: Database["reader"]["query"] = (statement) => {
          statements += 1;
          return real.reader.query(statement);
        };
        return { ...real, reader: { ...real.reader, query } };
      },
    });
    const id = await storeRepository(api.database, "octo", "one");
    const empty = await storeRepository(api.database, "octo", "empty");
    await storeEvent(api.database, id, line(1, 3));
    const page = async (repository: string | number) => {
      statements = 0;
      const query = "query ($r: String!) { commits(repository: $r) { nodes { oid } } }";
      const { data, errors } = await post<{ commits: { nodes: unknown[] } }>(api.url, query, {
        r: String(repository),
      });
      return {
        statements,
        found: data?.commits.nodes.length ?? errors?.[0]?.extensions?.code,
      };
    };
    expect(await page(id)).toEqual({ statements: 1, found: 3 });
    expect(await page("octo/one")).toEqual({ statements: 2, found: 3 });
    expect(await page(empty)).toEqual({ statements: 2, found: 0 });
    expect(await page(empty + 1)).toEqual({ statements: 2, found: "NOT_FOUND" });
    expect(await page("octo/none")).toEqual({ statements: 1, found: "NOT_FOUND" });
  });
});

describe("the repositories of a page's commits", () => {
  it("are read with one query, however many there are", async () => {
    let reads = 0;
    await using api = await startTestApi({
      database: (real) => {
        const query: Database["reader"]["query"] = (statement) => {
          if (/from\s+repository\b/.test(statement.text)) reads += 1;
          return real.reader.query(statement);
        };
        return { ...real, reader: { ...real.reader, query } };
      },
    });
    for (const seed of [1, 2, 3]) {
      const id = await storeRepository(api.database, "octo", `r${seed}`);
      await storeEvent(api.database, id, line(seed, 20));
    }
    // The feed's own reading of them is over when the last event can be had.
    await overWebSocket(api.url, 'subscription { commitsIngested(after: "2") { sequence } }');
    const before = reads;
    const { commits } = await ask<{ commits: { nodes: { repository: { name: string } }[] } }>(
      api.url,
      "{ commits(first: 60) { nodes { url repository { name } } } }",
    );
    expect(new Set(commits.nodes.map(({ repository }) => repository.name)).size).toBe(3);
    expect(reads - before).toBe(1);
  });
});

describe("schema.graphql", () => {
  it("is what the resolvers make, and names every field of the contract", async () => {
    const schema = await createSchema({} as OperationApis);
    const file = await readFile(new URL("../../schema.graphql", import.meta.url), "utf8");
    expect(file.trim()).toBe(printSchema(lexicographicSortSchema(schema)).trim());
  });

  it("describes every type, field, argument and value", async () => {
    const file = await readFile(new URL("../../schema.graphql", import.meta.url), "utf8");
    const own = Object.values(buildSchema(file).getTypeMap()).filter(
      (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
    );
    const missing: string[] = [];
    const look = (place: string, { description }: { description?: string | null | undefined }) => {
      if (!description) missing.push(place);
    };
    for (const type of own) {
      const isRoot = ["Query", "Mutation", "Subscription"].includes(type.name);
      if (!isRoot) look(type.name, type);
      if (isEnumType(type)) {
        for (const value of type.getValues()) look(`${type.name}.${value.name}`, value);
      }
      if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        const place = `${type.name}.${field.name}`;
        look(place, field);
        if ("args" in field) for (const one of field.args) look(`${place}(${one.name})`, one);
      }
    }
    expect(missing).toEqual([]);
  });
});
