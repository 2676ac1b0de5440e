import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { readFeed } from "../support/feed.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";
import { makeDue, readRepository } from "../support/work.js";

const HOUR_MS = 3_600_000;

describe("an answer of a GitHub replica that has missed a push which is stored already", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline({ bounds: { minMs: 100, maxMs: HOUR_MS } });
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  it.each([
    ["looks", ["LookUp"]],
    ["glances", ["Glance"]],
    ["looks and glances", ["LookUp", "Glance"]],
  ])("to %s is no rewrite, no failure, and no event", async (what, operations) => {
    const { gitHub, database } = pipeline;
    const name = what.replaceAll(" ", "-");
    const url = `octo/${name}`;
    await gitHub.addRepository({ owner: "octo", name });
    const [first = ""] = await gitHub.commit(url, [{ message: "first" }]);
    const longAgo = new Date(Date.now() - HOUR_MS).toISOString();
    await gitHub.setFlags(url, { pushedAt: longAgo });
    const id = await pipeline.add(url);
    await pipeline.settled(id, first);
    const [second = ""] = await gitHub.commit(url, [{ message: "second" }]);
    await pipeline.settled(id, second);
    const events = async () =>
      (await readFeed(database)).filter(({ repository }) => repository.id === id);
    const before = await events();

    for (const operationName of operations) {
      const when = { operationName };
      await gitHub.injectFault({ when, answer: "stale-replica", times: "always" });
    }
    const asked = async () => {
      const counts = await gitHub.countOperations();
      return operations.reduce((sum, operation) => sum + (counts[operation]?.requests ?? 0), 0);
    };
    for (let times = 0; times < 5; times += 1) {
      const count = await asked();
      const isLooked = operations.includes("LookUp");
      await makeDue(database, "check", id, { reason: isLooked ? "REQUESTED" : "RATE" });
      await eventually(async () => expect(await asked()).toBeGreaterThan(count));
    }
    await gitHub.clearFaults();
    const [third = ""] = await gitHub.commit(url, [{ message: "third" }]);
    await makeDue(database, "check", id, { reason: "REQUESTED" });
    await pipeline.settled(id, third);

    expect(await database.primary.historyRewrite.count({ where: { repositoryId: id } })).toBe(0);
    const added = (await events()).slice(before.length);
    expect(added.map(({ commits }) => commits.map(({ oid }) => oid))).toEqual([[third]]);
    for (const { orphanedOids, restoredOids } of added) {
      expect([...orphanedOids, ...restoredOids]).toEqual([]);
    }
    expect(await readRepository(database, id)).toMatchObject({
      ...{ state: "ACTIVE", attempts: 0, lastError: null, commitCount: 3, orphanedCount: 0 },
    });
  });
});
