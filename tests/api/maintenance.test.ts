import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parkRepository } from "../../src/store/repositories/failure-store.js";
import { startWatching } from "../../src/tracking/watching.js";
import { eventually } from "../support/eventually.js";
import { ask, post } from "../support/graphql-client.js";
import { readRepository, readWork, setWork } from "../support/work.js";
import { storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

const FAILED = `query ($first: Int, $after: String) {
  failedTasks(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes {
      id attempts firstError lastError firstFailedAt lastFailedAt nextAttemptAt context
      repository { nameWithOwner state checkReason }
    }
  }
}`;

describe("work that was given up, and repositories that are paused", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  const park = (id: number, reason: string) =>
    api.database.transaction((tx) =>
      parkRepository(tx, "check", id, { reason, context: { task: "pull", batch: 1 } }),
    );
  const change = (mutation: string, id: string) =>
    ask<Record<string, { changed: boolean; repository: object }>>(
      api.url,
      `mutation ($id: ${mutation.endsWith("Task") ? "ID" : "String"}!) {
        ${mutation}(${mutation.endsWith("Task") ? "id" : "repository"}: $id) {
          changed repository { id state lastError attempts }
        }
      }`,
      { id },
    ).then((data) => {
      const { changed, repository } = data[mutation] ?? {};
      return { changed, ...repository };
    });

  it("lists what was given up page by page, with its errors and facts", async () => {
    const ids: number[] = [];
    for (const name of ["a", "b", "c"]) {
      const id = await storeRepository(api.database, "parked", name);
      await park(id, `first of ${name}`);
      await park(id, `last of ${name}`);
      ids.push(id);
    }
    interface Page {
      failedTasks: {
        totalCount: number;
        pageInfo: { hasNextPage: boolean; endCursor: string };
        nodes: { id: string; [field: string]: unknown }[];
      };
    }
    const { failedTasks: page } = await ask<Page>(api.url, FAILED, { first: 2 });
    expect(page.totalCount).toBe(3);
    expect(page.pageInfo.hasNextPage).toBe(true);
    expect(page.nodes[0]).toMatchObject({
      id: `FailedTask:${ids[0]}`,
      firstError: "first of a",
      lastError: "last of a",
      context: { task: "pull", batch: 1 },
      repository: { nameWithOwner: "parked/a", state: "FAILED", checkReason: "RETRY" },
    });
    const after = page.pageInfo.endCursor;
    const { failedTasks: rest } = await ask<Page>(api.url, FAILED, { first: 2, after });
    expect(rest.nodes.map(({ id }) => id)).toEqual([`FailedTask:${ids[2]}`]);
    expect(rest.pageInfo.hasNextPage).toBe(false);
  });

  it("tries again what it is told to, and says nothing of what is not parked", async () => {
    const id = await storeRepository(api.database, "parked", "again");
    await park(id, "no luck");
    expect(await change("retryTask", `FailedTask:${id}`)).toMatchObject({
      changed: true,
      state: "PENDING",
      lastError: null,
      attempts: 0,
    });
    for (const same of [`FailedTask:${id}`, `Repository:${id}`, String(id), "parked/again"]) {
      expect(await change("retryTask", same)).toMatchObject({ changed: false, state: "PENDING" });
    }
    const { errors } = await post(api.url, `mutation { retryTask(id: "987654") { changed } }`);
    expect(errors?.[0]?.extensions).toMatchObject({ code: "NOT_FOUND" });
  });

  it("pauses what is discarded and was given up, and resumes only what is paused", async () => {
    const id = await storeRepository(api.database, "parked", "discarded");
    expect(await change("discardTask", String(id))).toMatchObject({
      changed: false,
      state: "PENDING",
    });
    await park(id, "no luck");
    expect(await change("discardTask", String(id))).toMatchObject({
      changed: true,
      state: "PAUSED",
    });
    expect(await change("pauseRepository", "parked/discarded")).toMatchObject({
      changed: false,
      state: "PAUSED",
    });
    expect(await change("resumeRepository", "parked/discarded")).toMatchObject({
      changed: true,
      state: "PENDING",
    });
    const other = await storeRepository(api.database, "parked", "other");
    await park(other, "no luck");
    expect(await change("resumeRepository", "parked/other")).toMatchObject({
      changed: false,
      state: "FAILED",
    });
  });

  it("makes what somebody follows live due soon, once, and no more when they have left", async () => {
    const { primary } = api.database;
    const id = await storeRepository(api.database, "watched", "one");
    const hour = new Date(Date.now() + 3_600_000);
    await primary.repository.update({ where: { id }, data: { state: "ACTIVE" } });
    await setWork(api.database, "check", id, { dueAt: hour });
    const read = () => readRepository(api.database, id);
    const logger = pino({ level: "silent" });
    const watching = startWatching({ database: api.database, minMs: 1_000, logger });
    const leave = watching.watch(new Set([id]));
    await eventually(async () => {
      const { nextCheckAt, watchedUntil } = await read();
      expect(nextCheckAt?.getTime()).toBeLessThan(Date.now() + 5_000);
      expect((await readWork(api.database, "check", id))?.claimedUntil).toBeNull();
      expect(watchedUntil?.getTime()).toBeGreaterThan(Date.now() + 60_000);
    });
    leave();
    await watching.stop();
    await setWork(api.database, "check", id, { dueAt: hour });
    const again = startWatching({ database: api.database, minMs: 1_000, logger });
    again.watch(new Set([id]));
    await again.stop();
    expect((await read()).nextCheckAt).toEqual(hour); // it is followed already
  });
});
