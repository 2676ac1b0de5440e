import { getNamedType, isNonNullType, isObjectType } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OperationApis } from "../../src/api/execution/operation-api.js";
import { createSchema } from "../../src/api/schema/schema.js";
import { ERROR_CODES } from "../../src/domain/errors.js";
import { parkRepository } from "../../src/store/repositories/failure-store.js";
import { ask } from "../support/graphql-client.js";
import { readRepository, setWork } from "../support/work.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

const NOT_ABOUT_ONE = ["revokeApiKey", "addOwner", "addRepositories"];
/** `resetCommitsFrom` has had the name of its payload from the beginning. */
const payloadOf = (mutation: string) =>
  `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Payload`.replace(
    "CommitsFrom",
    "Commits",
  );

describe("mutations", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  const park = (id: number, context = {}) =>
    api.database.transaction((tx) => parkRepository(tx, "pull", id, { reason: "no", context }));

  it("answer with a payload of their own, each with its repository and what was done", async () => {
    const schema = await createSchema({} as OperationApis);
    const fields = Object.values(schema.getMutationType()?.getFields() ?? {});
    expect(fields.length).toBeGreaterThan(10);
    for (const { name, type } of fields) {
      const payload = getNamedType(type);
      expect(payload.name).toBe(payloadOf(name));
      expect(isNonNullType(type) && isObjectType(type.ofType)).toBe(true);
      const shown = isObjectType(payload) ? payload.getFields() : {};
      if (!NOT_ABOUT_ONE.includes(name)) expect(String(shown.repository?.type)).toBe("Repository!");
      expect(Object.keys(shown).length).toBeGreaterThan(1);
    }
  });

  it("say whether they changed anything", async () => {
    const id = await storeRepository(api.database, "octo", "changed");
    await storeEvent(api.database, id, line(71, 2));
    const change = (mutation: string, argument: string, done: string) =>
      ask(api.url, `mutation { ${mutation}(${argument}) { ${done} repository { state } } }`);
    const repository = `repository: "octo/changed"`;
    const task = `id: "FailedTask:${id}"`;
    const steps: [string, string, string, boolean, string][] = [
      ["refreshRepository", repository, "requested", true, "ACTIVE"],
      ["verifyRepository", repository, "started", true, "ACTIVE"],
      ["resumeRepository", repository, "changed", false, "ACTIVE"],
      ["retryTask", task, "changed", false, "ACTIVE"],
      ["discardTask", task, "changed", false, "ACTIVE"],
      ["pauseRepository", repository, "changed", true, "PAUSED"],
      ["pauseRepository", repository, "changed", false, "PAUSED"],
      ["refreshRepository", repository, "requested", false, "PAUSED"],
      ["verifyRepository", repository, "started", false, "PAUSED"],
      ["resumeRepository", repository, "changed", true, "ACTIVE"],
    ];
    for (const [mutation, argument, done, was, state] of steps) {
      expect(await change(mutation, argument, done)).toEqual({
        [mutation]: { [done]: was, repository: { state } },
      });
    }
    for (const [mutation, state] of [
      ["retryTask", "ACTIVE"],
      ["discardTask", "PAUSED"],
    ] as const) {
      await setWork(api.database, "pull", id, { dueAt: new Date() });
      await park(id);
      expect(await change(mutation, task, "changed")).toEqual({
        [mutation]: { changed: true, repository: { state } },
      });
    }
  });

  it("leave no next check where nothing is due", async () => {
    const id = await storeRepository(api.database, "octo", "idle");
    const shown = async () =>
      (
        await ask<{ repository: unknown }>(
          api.url,
          `{ repository(id: "${id}") { nextCheckAt checkIntervalSeconds freshness { nextCheckAt } } }`,
        )
      ).repository;
    const none = {
      nextCheckAt: null,
      checkIntervalSeconds: null,
      freshness: { nextCheckAt: null },
    };
    expect(await shown()).not.toMatchObject({ nextCheckAt: null });
    await ask(api.url, `mutation { pauseRepository(repository: "octo/idle") { changed } }`);
    expect(await shown()).toEqual(none);
    await ask(api.url, `mutation { resumeRepository(repository: "octo/idle") { changed } }`);
    expect(await shown()).not.toMatchObject({ nextCheckAt: null });
    await setWork(api.database, "pull", id, { dueAt: new Date() });
    await park(id);
    await ask(api.url, `mutation { discardTask(id: "${id}") { changed } }`);
    expect(await shown()).toEqual(none);
    expect((await readRepository(api.database, id)).nextCheckAt).toBeNull();
  });
});

describe("codes and reasons", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  it("are an enum of every code that there is", async () => {
    const { __type } = await ask<{
      __type: { enumValues: { name: string; description: string }[] };
    }>(api.url, `{ __type(name: "ErrorCode") { enumValues { name description } } }`);
    expect(__type.enumValues.map(({ name }) => name).sort()).toEqual(
      Object.keys(ERROR_CODES).sort(),
    );
    expect(__type.enumValues.filter(({ description }) => !description)).toEqual([]);
  });

  it("of a failed task are fields, also where another version has written them", async () => {
    const context = { task: "pull", code: "GITHUB_TIMEOUT", batch: 1, page: 3, requestId: "A:1" };
    const contexts = [context, { task: "other", code: "OF_LATER", batch: "x", deliveries: 5 }, {}];
    for (const [index, one] of contexts.entries()) {
      const id = await storeRepository(api.database, "failed", `f${index}`);
      await api.database.transaction((tx) =>
        parkRepository(tx, "check", id, { reason: "no", context: one }),
      );
    }
    const nothing = { kind: null, code: null, batchSize: null, page: null, requestId: null };
    // Interpreted, then compiled.
    for (const time of [1, 2]) {
      const { failedTasks } = await ask<{ failedTasks: { nodes: unknown[] } }>(
        api.url,
        `{ failedTasks { nodes { kind code batchSize page requestId deliveries context } } }`,
      );
      expect(failedTasks.nodes, String(time)).toEqual([
        {
          ...{ kind: "PULL", code: "GITHUB_TIMEOUT", batchSize: 1, page: 3, requestId: "A:1" },
          ...{ deliveries: null, context },
        },
        { ...nothing, deliveries: 5, context: contexts[1] },
        { ...nothing, deliveries: null, context: {} },
      ]);
    }
  });
});

describe("the schema", () => {
  it("and everything in it is described", async () => {
    const schema = await createSchema({} as OperationApis);
    const named = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith("__"));
    const parts = named.flatMap((type) => [
      { name: type.name, description: type.description },
      ...("getFields" in type ? Object.values(type.getFields()) : []).map((field) => ({
        name: `${type.name}.${field.name}`,
        description: field.description,
      })),
      ...("getValues" in type ? type.getValues() : []),
    ]);
    expect(parts.filter(({ description }) => !description).map(({ name }) => name)).toEqual([]);
    expect(schema.description).toMatch(/Commits of GitHub repositories/);
  });
});
