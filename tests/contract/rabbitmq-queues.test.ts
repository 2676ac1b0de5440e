import { afterEach, describe, expect, it } from "vitest";
import { isQueueFull } from "../../src/queue/queue-error.js";
import { queuesOf } from "../../src/queue/rabbitmq-topology.js";
import { readDepths } from "../../src/queue/read-depths.js";
import {
  type OpenRabbitmqOptions,
  openRabbitmq,
  rabbitmqPrefix,
  withChannel,
} from "../support/broker-adapters.js";
import { eventually } from "../support/eventually.js";

type Opened = Awaited<ReturnType<typeof openRabbitmq>>;

const pull = (repositoryId: number) => ({ repositoryId, generation: 0 });

let closing: Opened[] = [];
async function open(options: OpenRabbitmqOptions): Promise<Opened> {
  const opened = await openRabbitmq(options);
  closing.unshift(opened);
  return opened;
}
afterEach(async () => {
  for (const opened of closing) await opened.close();
  closing = [];
});

describe("queues on RabbitMQ of which one has another argument", () => {
  it.each(["live", "dead"] as const)(
    "name the %s one and what to do, let other kinds flow, and heal once it is deleted",
    async (of) => {
      const prefix = rabbitmqPrefix();
      const { name, options } = queuesOf("check", { prefix })[of];
      await withChannel((channel) =>
        channel.assertQueue(name, {
          ...options,
          arguments: { ...options.arguments, "x-max-length": 7 },
        }),
      );
      const { queue, fanout, lines } = await open({ prefix });
      expect(lines.join("")).toContain("rabbitmq refuses a declaration");
      const checked: number[] = [];
      const pulled: number[] = [];
      await queue.consume("check", { concurrency: 1 }, async ({ repositoryIds }) => {
        checked.push(...repositoryIds);
      });
      await queue.consume("pull", { concurrency: 1 }, async ({ repositoryId }) => {
        pulled.push(repositoryId);
      });

      const refusal = await queue
        .publish("check", { repositoryIds: [1] })
        .catch((error: unknown) => error);
      expect(refusal).toMatchObject({
        code: "BROKER_UNAVAILABLE",
        message: expect.stringMatching(
          new RegExp(`queue ${name} with another x-max-length .*Delete that queue`),
        ),
      });
      expect(isQueueFull(refusal)).toBe(false);
      await expect(queue.depth("check")).rejects.toMatchObject({
        message: expect.stringContaining(name),
      });

      await queue.publish("pull", pull(1));
      await eventually(() => expect(pulled).toEqual([1]));
      expect(await queue.depth("pull")).toEqual({ ready: 0, dead: 0 });
      expect([queue.isReady(), fanout.isReady()]).toEqual([true, true]);

      await withChannel((channel) => channel.deleteQueue(name));
      await eventually(() => queue.publish("check", { repositoryIds: [2] }));
      await eventually(() => expect(checked).toEqual([2]), 20_000);
      expect(await queue.depth("check")).toEqual({ ready: 0, dead: 0 });
    },
  );

  it("are told of in the log once, not at every try", async () => {
    const prefix = rabbitmqPrefix();
    const { live } = queuesOf("verify", { prefix });
    await withChannel((channel) => channel.assertQueue(live.name, { durable: true }));
    const { queue, lines } = await open({ prefix });
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expect(queue.publish("verify", { repositoryId: 1 })).rejects.toThrow(live.name);
    }
    expect(lines.filter((line) => line.includes("refuses a declaration"))).toHaveLength(1);
  });
});

it("counts the other kinds' tasks while one kind's queues are gone, and declares these again", async () => {
  const { queue, queues } = await open({});
  await queue.publish("pull", pull(1));
  await withChannel(async (channel) => {
    await channel.deleteQueue(queues.check.live.name);
    await channel.deleteQueue(queues.check.dead.name);
  });
  const depths = await readDepths(queue);
  expect([...depths.keys()].sort()).toEqual(["backfill", "listing", "pull", "verify"]);
  expect(depths.get("pull")).toEqual({ ready: 1, dead: 0 });
  await expect(queue.depth("check")).rejects.toMatchObject({ code: "BROKER_UNAVAILABLE" });
  await eventually(async () => expect(await queue.depth("check")).toEqual({ ready: 0, dead: 0 }));
});

it("keeps a dead task however often it is returned", async () => {
  const { queue, queues } = await open({});
  await queue.publish("check", { repositoryIds: ["malformed"] as unknown as number[] });
  const live = await queue.consume("check", { concurrency: 1 }, async () => {});
  await eventually(async () => expect(await queue.depth("check")).toEqual({ ready: 0, dead: 1 }));
  await live.stop();
  const RETURNS = 60;
  let returns = 0;
  await withChannel(async (channel) => {
    await channel.prefetch(1);
    await channel.consume(queues.check.dead.name, (message) => {
      if (message === null || returns === RETURNS) return; // the last one goes back with the channel
      returns += 1;
      channel.reject(message, true);
    });
    await eventually(() => expect(returns).toBe(RETURNS));
  });
  await eventually(async () => expect(await queue.depth("check")).toEqual({ ready: 0, dead: 1 }));
});

describe("queues on RabbitMQ of two versions", () => {
  it("stand side by side while the older one has consumers, and go with their tasks after that", async () => {
    const prefix = rabbitmqPrefix();
    const older = await open({ prefix, version: 1 });
    const taken: number[] = [];
    await older.queue.consume("pull", { concurrency: 1 }, async ({ repositoryId }) => {
      taken.push(repositoryId);
    });
    await older.queue.publish("backfill", pull(1)); // nobody takes these
    const newer = await open({ prefix, version: 2 });
    await older.queue.publish("pull", pull(2));
    await eventually(() => expect(taken).toEqual([2]));
    await newer.queue.publish("pull", pull(3));
    expect(await newer.queue.depth("pull")).toEqual({ ready: 1, dead: 0 });
    await older.queue.close();

    await open({ prefix, version: 2 });
    for (const { live, dead } of Object.values(older.queues)) {
      for (const { name } of [live, dead]) {
        await expect(withoutQueue(name)).resolves.toContain("NOT_FOUND");
      }
    }
    expect(await newer.queue.depth("pull")).toEqual({ ready: 1, dead: 0 });
  });
});

/** What the broker says to a look at it. */
async function withoutQueue(name: string): Promise<string> {
  let answer = "it is there";
  await withChannel(async (channel) => {
    channel.on("error", () => {});
    answer = await channel.checkQueue(name).then(
      () => answer,
      (error: Error) => error.message,
    );
  });
  return answer;
}
