import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createInProcessQueue } from "../../src/queue/in-process-queue.js";
import { addRepositories, addRepository } from "../../src/tracking/add-repository.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { readWork } from "../support/work.js";

const logger = pino({ level: "silent" });

describe("adding a repository", () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterAll(() => test[Symbol.asyncDispose]());

  const dependencies = (queue = createInProcessQueue({ logger })) => ({
    database: test.database,
    queue,
    gitHubHost: "github.com",
    logger,
  });

  it("answers with the same row for every spelling and letter case, also when asked at once", async () => {
    const urls = [
      "https://github.com/Octo/Same",
      "octo/same",
      "git@github.com:OCTO/same.git",
      "http://github.com/octo/SAME/",
      "github.com/octo/same",
    ];
    const added = await Promise.all(
      urls.map((url) => addRepository(dependencies(), { url, trackFrom: null })),
    );
    expect(new Set(added.map(({ repository }) => repository.id)).size).toBe(1);
    expect(added.filter(({ created }) => created)).toHaveLength(1);
    const again = await addRepository(dependencies(), { url: "Octo/Same", trackFrom: null });
    expect(again).toMatchObject({ repository: { id: added[0]?.repository.id }, created: false });
  });

  it("publishes its first check at once, and only for a new one", async () => {
    const queue = createInProcessQueue({ logger });
    const {
      repository: { id: repositoryId },
    } = await addRepository(dependencies(queue), {
      url: "o/published",
      trackFrom: null,
    });
    await addRepository(dependencies(queue), { url: "o/published", trackFrom: null });
    expect(await queue.depth("check")).toEqual({ ready: 1, dead: 0 });
    const tasks: unknown[] = [];
    const consumer = await queue.consume("check", { concurrency: 1 }, async (task) => {
      tasks.push(task);
    });
    await expect.poll(() => tasks).toEqual([{ repositoryIds: [repositoryId] }]);
    await consumer.stop();
  });

  it("adds many, each once, whoever adds them at the same time, with one check for all that are new and few", async () => {
    const queue = createInProcessQueue({ logger });
    const names = Array.from({ length: 100 }, (_, index) => `many/r${index}`);
    const calls = [names, [...names].reverse(), names.map((name) => name.toUpperCase())];
    const outcomes = await Promise.all(
      calls.map((urls) => addRepositories(dependencies(queue), { urls, trackFrom: null })),
    );
    const created = outcomes.flat().filter((one) => one.kind === "added" && one.created);
    expect(created).toHaveLength(100);
    const rows = await test.database.primary.repository.findMany({
      where: { owner: { equals: "many", mode: "insensitive" } },
    });
    expect(rows).toHaveLength(100);
    const tasks: number[][] = [];
    const consumer = await queue.consume("check", { concurrency: 1 }, async ({ repositoryIds }) => {
      tasks.push([...repositoryIds]);
    });
    // So many are left to the scheduler, beside the checks of others: none is claimed.
    const due = await test.database.primary.work.findMany({
      where: { kind: "check", subjectId: { in: rows.map(({ id }) => id) } },
    });
    expect(due).toHaveLength(100);
    expect(due.every(({ dueAt, claimedUntil }) => dueAt !== null && claimedUntil === null)).toBe(
      true,
    );
    expect(tasks).toEqual([]);

    // A few are checked at once.
    const few = names.slice(0, 20).map((name) => `${name}-few`);
    await Promise.all(
      [few, [...few].reverse()].map((urls) =>
        addRepositories(dependencies(queue), { urls, trackFrom: null }),
      ),
    );
    await expect.poll(() => tasks.flat().length).toBe(20);
    await consumer.stop();
    expect(tasks.length).toBeLessThanOrEqual(2);
    expect(new Set(tasks.flat()).size).toBe(20);
  });

  it("stores nothing for what is no repository's address", async () => {
    const before = await test.database.primary.repository.count();
    for (const url of ["", "../etc", "https://gitlab.com/o/n", "x".repeat(10_000)]) {
      await expect(addRepository(dependencies(), { url, trackFrom: null })).rejects.toMatchObject({
        code: "BAD_USER_INPUT",
        details: { field: "url" },
      });
    }
    expect(await test.database.primary.repository.count()).toBe(before);
  });

  it("keeps the row when the task cannot be published: the scheduler finds it", async () => {
    const queue = createInProcessQueue({ logger });
    await queue.close();
    const added = await addRepository(dependencies(queue), {
      url: "o/unpublished",
      trackFrom: null,
    });
    expect(added.created).toBe(true);
    const row = await test.database.primary.repository.findUnique({
      where: { id: added.repository.id },
    });
    expect(row?.state).toBe("PENDING");
    const check = await readWork(test.database, "check", added.repository.id);
    expect(check?.dueAt?.getTime()).toBeLessThan(Date.now() + 60_000);
    expect(check?.claimedUntil?.getTime()).toBeLessThan(Date.now() + 60_000);
  });
});
