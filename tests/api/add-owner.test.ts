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
import { RawSocket } from "../support/raw-socket.js";
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

  describe("has room for a hundred who wait, and again when they have left", () => {
    const CALLS = 101;
    let idle: TestApi; // nobody works for it
    let entered = 0;
    beforeAll(async () => {
      idle = await startTestApi({
        database: (real) => ({
          ...real,
          async transaction(work, bounds) {
            return await real.transaction(work, bounds).finally(() => {
              entered += 1;
            });
          },
        }),
      });
    });
    afterAll(() => idle?.[Symbol.asyncDispose]());

    /** Twice all at once; of those that came before some may still be on their way out. */
    async function fillTwice(call: () => { refused: () => number; leave: () => Promise<void> }) {
      for (const _round of [1, 2]) {
        await eventually(async () => {
          entered = 0;
          const { refused, leave } = call();
          await eventually(() => expect(entered + refused()).toBe(CALLS));
          const refusedCount = refused();
          await leave();
          expect(refusedCount).toBe(1);
        });
      }
    }

    it("by completing theirs over WebSocket", async () => {
      const sockets = await Promise.all([1, 2, 3].map(() => RawSocket.ready(idle.url)));
      let calls = 0;
      await fillTwice(() => {
        calls += CALLS;
        const own = Array.from({ length: CALLS }, (_, index) => ({
          id: String(calls + index),
          socket: sockets[index % sockets.length],
        }));
        for (const { id, socket } of own) socket?.subscribe(id, ADD, { login: `o-${id}` });
        return {
          refused: () => own.filter(({ id, socket }) => socket?.of("next", id).length === 1).length,
          async leave() {
            for (const { id, socket } of own) socket?.say({ id, type: "complete" });
          },
        };
      });
      const answers = sockets.flatMap((socket) => socket.of("next"));
      for (const answer of answers) expect(JSON.stringify(answer)).toContain("RATE_LIMITED");
      for (const socket of sockets) await socket[Symbol.asyncDispose]();
    });

    it("by hanging up their event streams", async () => {
      await fillTwice(() => {
        let text = "";
        const hangUp = new AbortController();
        const calls = Array.from({ length: CALLS }, async (_, index) => {
          const response = await fetch(`${idle.url}/graphql`, {
            method: "POST",
            signal: hangUp.signal,
            headers: { "content-type": "application/json", accept: "text/event-stream" },
            body: JSON.stringify({ query: ADD, variables: { login: `s-${index}` } }),
          });
          text += await response.text();
        });
        return {
          refused: () => text.match(/RATE_LIMITED/g)?.length ?? 0,
          async leave() {
            hangUp.abort();
            await Promise.allSettled(calls);
          },
        };
      });
    });
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
