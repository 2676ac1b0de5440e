import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pruneFeed } from "../../src/store/feed/feed-pruning.js";
import { ask } from "../support/graphql-client.js";
import { COMMITS_INGESTED } from "../support/tracker-api.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { overWebSocket, startTestApi, type TestApi } from "./test-api.js";

describe("a feed whose first events are gone", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
    const id = await storeRepository(api.database, "octo", "one");
    for (let seed = 1; seed <= 3; seed += 1) await storeEvent(api.database, id, line(seed, 1));
    await api.database.transaction((tx) => pruneFeed(tx, { olderThanMs: 0, limit: 2 }));
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  it("tells its ends", async () => {
    expect(await ask(api.url, "{ feed { sequence oldestSequence } }")).toEqual({
      feed: { sequence: "3", oldestSequence: "3" },
    });
  });

  it.each(["0", "1"])("refuses to go on after %s, and says from where on it can", async (after) => {
    const { errors } = await overWebSocket(api.url, COMMITS_INGESTED, { after });
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining('after: "2"'),
      extensions: { code: "CURSOR_EXPIRED", field: "after", oldestSequence: "3" },
    });
  });

  it("goes on after the cursor that the refusal names", async () => {
    const { data } = await overWebSocket(api.url, COMMITS_INGESTED, { after: "2" });
    expect(data).toMatchObject({ commitsIngested: { sequence: "3" } });
  });
});
