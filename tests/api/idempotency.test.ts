import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, ask, post } from "../support/graphql-client.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

describe("mutations that are sent twice", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  const rowOf = (id: number) =>
    api.database.primary.repository.findUniqueOrThrow({ where: { id } });
  const on = (field: string, name: string, rest = "", selection = "{ repository { id state } }") =>
    `mutation { ${field}(repository: "octo/${name}"${rest}) ${selection} }`;
  const checks = async () => (await api.queue.depth("check")).ready;

  it("pause and resume: the second says the same and asks for nothing more", async () => {
    const id = await storeRepository(api.database, "octo", "pause");
    await storeEvent(api.database, id, line(71, 2));
    const paused = await ask(api.url, on("pauseRepository", "pause"));
    expect(await ask(api.url, on("pauseRepository", "pause"))).toEqual(paused);
    const before = await checks();
    const resumed = await ask(api.url, on("resumeRepository", "pause"));
    expect(resumed).toEqual({
      resumeRepository: { repository: { id: `Repository:${id}`, state: "ACTIVE" } },
    });
    expect(await ask(api.url, on("resumeRepository", "pause"))).toEqual(resumed);
    expect(await checks()).toBe(before + 1);
  });

  it("refresh: one check for both", async () => {
    await storeRepository(api.database, "octo", "refresh");
    const before = await checks();
    const once = await ask(api.url, on("refreshRepository", "refresh"));
    expect(await ask(api.url, on("refreshRepository", "refresh"))).toEqual(once);
    expect(await checks()).toBe(before + 1);
  });

  it("reset: the second deletes nothing and makes no pull stale, also at the same moment", async () => {
    const id = await storeRepository(api.database, "octo", "reset");
    const commits = line(72, 6);
    await storeEvent(api.database, id, commits);
    const from = `, from: "${commits[2]?.committedAt.toISOString()}"`;
    const reset = on("resetCommitsFrom", "reset", from, "{ deletedCount }");
    const counts = await Promise.all(
      [1, 2].map(() => ask<{ resetCommitsFrom: { deletedCount: number } }>(api.url, reset)),
    );
    const deleted = counts.map(({ resetCommitsFrom }) => resetCommitsFrom.deletedCount);
    expect(deleted.sort()).toEqual([0, 3]);
    const { generation, frontier, commitCount } = await rowOf(id);
    expect(commitCount).toBe(3);
    expect(await ask(api.url, reset)).toEqual({ resetCommitsFrom: { deletedCount: 0 } });
    expect(await rowOf(id)).toMatchObject({ generation, frontier, commitCount });
    expect(generation).toBe(1);
  });

  it("remove: gone once, and told so with a stable code afterwards", async () => {
    const id = await storeRepository(api.database, "octo", "remove");
    await storeEvent(api.database, id, line(73, 3));
    const remove = on("removeRepository", "remove", "", "{ deletedCount }");
    const answers = await Promise.all(
      [1, 2].map(() => post<{ removeRepository: { deletedCount: number } }>(api.url, remove)),
    );
    const codeOf = ({ errors }: Answer<unknown>) => errors?.[0]?.extensions?.code;
    expect(answers.map(({ data }) => data?.removeRepository?.deletedCount)).toContain(3);
    expect(answers.map(codeOf).sort()).toEqual(["NOT_FOUND", undefined]);
    expect(codeOf(await post(api.url, remove))).toBe("NOT_FOUND");
    const byId = `mutation { removeRepository(repository: "${id}") { deletedCount } }`;
    expect(codeOf(await post(api.url, byId))).toBe("NOT_FOUND");
  });

  it("add: one repository, with its first tracking start", async () => {
    const add = (from: string) =>
      ask<{ addRepository: { created: boolean; repository: unknown } }>(
        api.url,
        `mutation { addRepository(url: "octo/added", trackFrom: "${from}") {
           created repository { id trackFrom state } } }`,
      );
    const { addRepository: first } = await add("2024-01-01T00:00:00Z");
    const { addRepository: second } = await add("2020-01-01T00:00:00Z");
    expect(first.created).toBe(true);
    expect(second).toEqual({ created: false, repository: first.repository });
  });

  it("verify: one verification, begun once", async () => {
    const id = await storeRepository(api.database, "octo", "verify");
    const verify = on("verifyRepository", "verify");
    await ask(api.url, verify);
    const asked = await api.database.primary.verification.findUniqueOrThrow({
      where: { repositoryId: id },
    });
    await ask(api.url, verify);
    expect(
      await api.database.primary.verification.findUnique({ where: { repositoryId: id } }),
    ).toEqual(asked);
  });
});
