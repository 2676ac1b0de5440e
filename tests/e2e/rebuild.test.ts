import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { line, storeEvent, storeRepository } from "../api/rows.js";
import { eventually } from "../support/eventually.js";
import { ask } from "../support/graphql-client.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { type BrokerSpace, openBrokerSpace } from "../support/rabbitmq-vhost.js";
import { startTracker, type TrackerProcess } from "../support/tracker-process.js";

const EVENTS = 5;

describe("tracker rebuild", () => {
  let test: TestDatabase;
  let broker: BrokerSpace;
  let env: Record<string, string>;
  let running: TrackerProcess;
  beforeAll(async () => {
    test = await createTestDatabase();
    broker = await openBrokerSpace();
    env = { DATABASE_URL: test.url, RABBITMQ_URL: broker.url };
    const id = await storeRepository(test.database, "octo", "one");
    for (let seed = 1; seed <= EVENTS; seed += 1) {
      await storeEvent(test.database, id, line(seed, 2));
    }
    running = startTracker({ ...env, ROLES: "api,scheduler" });
  });
  afterAll(async () => {
    await running?.stop();
    await broker?.remove();
    await test?.[Symbol.asyncDispose]();
  });

  const marks = async () => {
    const rows = await test.database.primary.projection.findMany();
    return Object.fromEntries(rows.map(({ name, sequence }) => [name, sequence]));
  };
  const segments = async () =>
    (await test.database.primary.wordSegment.findMany()).map(({ id }) => id);
  const filled = { words: BigInt(EVENTS), statistics: BigInt(EVENTS) };

  it("has what it names made again, by the scheduler that runs, with the same answers", async () => {
    const url = await running.url();
    const answer = () =>
      ask(
        url,
        `{ commits(filter: { text: "change" }) { totalCount } topAuthors { name commitCount } }`,
      );
    const before = await answer();
    await eventually(async () => expect(await marks()).toEqual(filled));
    const old = await segments();
    const command = startTracker(env, ["rebuild", "words", "--json"]);
    expect(await command.exited, command.output()).toBe(0);
    expect(JSON.parse(command.output())).toEqual({ rebuilt: ["words"] });
    expect(await answer()).toEqual(before);
    await eventually(async () => expect(await marks()).toEqual(filled));
    expect(await segments()).not.toEqual(old);
    expect(await answer()).toEqual(before);
  });

  it("refuses what it does not know", async () => {
    const command = startTracker(env, ["rebuild", "everything"]);
    expect(await command.exited).toBe(2);
    expect(command.output()).toContain("Allowed choices are words, statistics");
  });
});
