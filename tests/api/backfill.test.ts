import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { saveHistoryCount } from "../../src/store/work/history-count-store.js";
import { renewTransfer, type Transfer, takeTransfer } from "../../src/store/work/transfer-store.js";
import { ask } from "../support/graphql-client.js";
import { storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

const HEAD = "a".repeat(40);

describe("Repository.backfill", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  async function begin(name: string, commitCount: number): Promise<number> {
    const id = await storeRepository(api.database, "octo", name);
    await api.database.primary.repository.update({
      where: { id },
      data: {
        ...{ state: "BACKFILLING", headOid: null, commitCount },
        ...{ observedOid: Buffer.from(HEAD, "hex"), frontier: [Buffer.from(HEAD, "hex")] },
      },
    });
    return id;
  }
  async function backfillOf(name: string): Promise<unknown> {
    const { repository } = await ask<{ repository: { backfill: unknown } }>(
      api.url,
      `{ repository(nameWithOwner: "octo/${name}") {
           backfill { transport receivedBytes doneCount leftCount secondsLeft } } }`,
    );
    return repository.backfill;
  }

  it("is null where nothing is being fetched", async () => {
    await storeRepository(api.database, "octo", "complete");
    expect(await backfillOf("complete")).toBeNull();
  });

  it("tells what has come by git, more of it than 32 bits count, and how long it goes on", async () => {
    const id = await begin("by-git", 0);
    const { primary } = api.database;
    const transfer = (await api.database.transaction((tx) =>
      takeTransfer(tx, id, { placesMax: 4 }),
    )) as Transfer;
    const nothing = { doneCount: 0, leftCount: null, secondsLeft: null };
    expect(await backfillOf("by-git")).toEqual({ transport: "GIT", receivedBytes: 0, ...nothing });
    const receivedBytes = 5_000_000_000;
    await renewTransfer(primary, transfer, { receivedBytes, commitCount: 1_000, doneCount: 250 });
    await primary.historyTransfer.update({
      ...{ where: { repositoryId: id }, data: { startedAt: new Date(Date.now() - 10_000) } },
    });
    expect(await backfillOf("by-git")).toEqual({
      ...{ transport: "GIT", receivedBytes, doneCount: 250, leftCount: 750 },
      secondsLeft: expect.closeTo(30, -1),
    });
  });

  it("is the API's once git has lost it", async () => {
    const id = await begin("lost", 300);
    await api.database.transaction((tx) => takeTransfer(tx, id, { placesMax: 4 }));
    await api.database.primary.historyTransfer.update({
      ...{ where: { repositoryId: id }, data: { heldUntil: new Date(Date.now() - 1) } },
    });
    expect(await backfillOf("lost")).toMatchObject({ transport: "API", receivedBytes: null });
  });

  it("tells by the API how many are to come as GitHub counts them", async () => {
    const id = await begin("by-api", 200);
    const unknown = { leftCount: null, secondsLeft: null };
    expect(await backfillOf("by-api")).toMatchObject({ doneCount: 200, ...unknown });
    await saveHistoryCount(api.database.primary, { repositoryId: id, oid: HEAD, count: 600 });
    await api.database.primary.historyCount.update({
      ...{ where: { repositoryId: id }, data: { countedAt: new Date(Date.now() - 10_000) } },
    });
    expect(await backfillOf("by-api")).toEqual({
      ...{ transport: "API", receivedBytes: null, doneCount: 200, leftCount: 400 },
      secondsLeft: expect.closeTo(20, -1),
    });
  });
});
