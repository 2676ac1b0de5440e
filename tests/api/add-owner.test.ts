import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createInMemoryBudgetLedger } from "../../src/github/in-memory-budget-ledger.js";
import { createOctokitGitHub } from "../../src/github/octokit-github.js";
import {
  type GitHubStandIn,
  STAND_IN_TOKEN,
  startGitHubStandIn,
} from "../../src/github-stand-in/stand-in.js";
import type { Consumer } from "../../src/queue/queue.js";
import { listOwner } from "../../src/worker/list-owner.js";
import { eventually } from "../support/eventually.js";
import { ask, post } from "../support/graphql-client.js";
import { readWork } from "../support/work.js";
import { startTestApi, type TestApi } from "./test-api.js";

const ADD = `mutation ($login: String!, $dryRun: Boolean, $trackFrom: DateTime) {
  addOwner(login: $login, dryRun: $dryRun, trackFrom: $trackFrom) {
    id login isFinished nextAttemptAt totalCount listedCount addedCount hiddenCount estimatedPoints
    repositories { nameWithOwner isFork isArchived isPrivate isTracked repositoryId estimatedPoints }
  }
}`;

describe("addOwner", () => {
  let api: TestApi;
  let standIn: GitHubStandIn;
  let worker: Consumer;
  beforeAll(async () => {
    api = await startTestApi();
    standIn = await startGitHubStandIn();
    const logger = pino({ level: "silent" });
    const gitHub = createOctokitGitHub({
      ...{ apiUrl: standIn.url, tokens: [STAND_IN_TOKEN], userAgent: "tracker-test" },
      ...{ ledger: createInMemoryBudgetLedger(), requestTimeoutMs: 10_000, logger },
    });
    const { database, queue } = api;
    worker = await queue.consume("listing", { concurrency: 1 }, (task, { signal }) =>
      listOwner({ database, queue, gitHub }, task, { signal, logger }),
    );
    await standIn.addRepository({ owner: "Acme", name: "one", diskUsage: 5_000 });
    await standIn.addRepository({ owner: "Acme", name: "two" });
  });
  afterAll(async () => {
    await worker?.stop();
    await standIn?.stop();
    await api?.[Symbol.asyncDispose]();
  });

  it("tells what a dry run found, then adds it, then that it is there", async () => {
    const dry = await ask<{ addOwner: Record<string, unknown> }>(api.url, ADD, {
      login: "@acme",
      dryRun: true,
    });
    const facts = { isFork: false, isArchived: false, isPrivate: false };
    expect(dry.addOwner).toEqual({
      ...{ id: expect.any(String), login: "Acme", isFinished: true, nextAttemptAt: null },
      ...{ totalCount: 2, listedCount: 2, addedCount: 2, hiddenCount: 0, estimatedPoints: 11 },
      repositories: [
        {
          ...{ nameWithOwner: "Acme/one", ...facts, isTracked: false, repositoryId: null },
          estimatedPoints: 10,
        },
        {
          ...{ nameWithOwner: "Acme/two", ...facts, isTracked: false, repositoryId: null },
          estimatedPoints: 1,
        },
      ],
    });
    const wet = await ask<{ addOwner: { repositories: { repositoryId: string }[] } }>(
      api.url,
      ADD,
      { login: "acme", trackFrom: "2024-01-01T00:00:00Z" },
    );
    const ids = wet.addOwner.repositories.map(({ repositoryId }) => repositoryId);
    const { repository } = await ask<{ repository: unknown }>(
      api.url,
      "query ($id: ID) { repository(id: $id) { nameWithOwner trackFrom state } }",
      { id: ids[0] },
    );
    expect(repository).toEqual({
      ...{ nameWithOwner: "Acme/one", state: "PENDING" },
      trackFrom: "2024-01-01T00:00:00.000Z",
    });
    const again = await ask<{ addOwner: Record<string, unknown> }>(api.url, ADD, { login: "acme" });
    expect(again.addOwner).toMatchObject({ addedCount: 0, estimatedPoints: 0, listedCount: 2 });
  });

  it("fails with a stable code for what is no login and for an owner that GitHub does not have", async () => {
    for (const [login, code] of [
      ["not/a login", "BAD_USER_INPUT"],
      ["", "BAD_USER_INPUT"],
      ["nobody-at-all", "NOT_FOUND"],
    ]) {
      const { errors } = await post(api.url, ADD, { login });
      expect(errors?.[0]?.extensions).toEqual({ code, field: "login" });
    }
  });

  it("answers with a handle when it is asked to stop waiting", async () => {
    await standIn.addRepository({ owner: "Later", name: "one" });
    await using ending = await startTestApi(); // nobody works for it
    const answer = post<{ addOwner: Record<string, unknown> }>(ending.url, ADD, { login: "later" });
    const row = await eventually(() =>
      ending.database.primary.ownerListing.findFirstOrThrow({ where: { login: "later" } }),
    );
    const work = await readWork(ending.database, "listing", row.id);
    await ending.stop();
    expect((await answer).data?.addOwner).toMatchObject({
      ...{ id: `AddOwnerPayload:${row.id}`, login: "later", isFinished: false, totalCount: null },
      ...{ nextAttemptAt: work?.dueAt?.toISOString(), listedCount: 0, repositories: [] },
    });
    expect(work?.claimedUntil?.getTime()).toBeLessThan(Date.now() + 60_000);
  });
});
