import { pino } from "pino";
import { expect, it } from "vitest";
import { createInProcessQueue } from "../../src/queue/in-process-queue.js";
import { eventually } from "../support/eventually.js";

const logger = pino({ level: "silent" });
const pull = (repositoryId: number) => ({ repositoryId, generation: 0 });

it("refuses tasks beyond its length, and takes them again when there is room", async () => {
  const queue = createInProcessQueue({ logger, lengthMax: 2 });
  await queue.publish("pull", pull(1));
  await queue.publish("pull", pull(2));
  await expect(queue.publish("pull", pull(3))).rejects.toMatchObject({
    code: "BROKER_UNAVAILABLE",
  });
  await queue.publish("backfill", pull(3)); // each kind has room of its own
  const got: number[] = [];
  await queue.consume("pull", { concurrency: 1 }, async ({ repositoryId }) => {
    got.push(repositoryId);
  });
  await eventually(() => queue.publish("pull", pull(4)));
  await eventually(() => expect(got).toEqual([1, 2, 4]));
  await queue.close();
});

it("keeps the task as it was published, whatever the publisher does with it afterwards", async () => {
  const queue = createInProcessQueue({ logger });
  const task = { repositoryIds: [1] };
  await queue.publish("check", task);
  task.repositoryIds.push(2);
  let received: readonly number[] = [];
  await queue.consume("check", { concurrency: 1 }, async ({ repositoryIds }) => {
    received = repositoryIds;
  });
  await eventually(() => expect(received).toEqual([1]));
  await queue.close();
});
