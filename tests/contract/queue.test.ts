import {
  context,
  propagation,
  type TextMapPropagator,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { TaskQueue } from "../../src/queue/queue.js";
import { isQueueFull } from "../../src/queue/queue-error.js";
import { DELIVERIES_MAX, TASK_KINDS } from "../../src/queue/task.js";
import { openInProcess, openRabbitmq } from "../support/broker-adapters.js";
import { eventually } from "../support/eventually.js";

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const propagator: TextMapPropagator = new W3CTraceContextPropagator();
  propagation.setGlobalPropagator(propagator);
});
afterAll(() => {
  context.disable();
  propagation.disable();
});

const pull = (repositoryId: number) => ({ repositoryId, generation: 0 });

/** A handler that holds each task until it is told how it ends. */
function heldTasks() {
  const held: { id: number; end: (error?: Error) => void }[] = [];
  let most = 0;
  return {
    held,
    most: () => most,
    handler: ({ repositoryId: id }: { repositoryId: number }) =>
      new Promise<void>((resolve, reject) => {
        const one = {
          id,
          end: (error?: Error) => {
            held.splice(held.indexOf(one), 1);
            if (error === undefined) resolve();
            else reject(error);
          },
        };
        held.push(one);
        most = Math.max(most, held.length);
      }),
  };
}

describe.each([
  { adapter: "in process", open: openInProcess },
  { adapter: "on RabbitMQ", open: openRabbitmq },
])("a task queue $adapter", ({ open }) => {
  let opened: { queue: TaskQueue; close(): Promise<void> };
  let queue: TaskQueue;
  beforeEach(async () => {
    opened = await open();
    queue = opened.queue;
  });
  afterEach(() => opened.close());

  it("delivers what is published, whether a consumer is there before or after", async () => {
    const got: number[] = [];
    await queue.publish("pull", pull(1));
    expect(await queue.depth("pull")).toEqual({ ready: 1, dead: 0 });
    const consumer = await queue.consume("pull", { concurrency: 4 }, async ({ repositoryId }) => {
      got.push(repositoryId);
    });
    await queue.publish("pull", pull(2));
    await eventually(() => expect(got.sort()).toEqual([1, 2]));
    await eventually(async () => expect(await queue.depth("pull")).toEqual({ ready: 0, dead: 0 }));
    await consumer.stop();
  });

  it("hands dead tasks over one at a time, again after a failure, and not to those who take live ones", async () => {
    const live = await queue.consume("pull", { concurrency: 2 }, async () => {
      throw new Error("this task ends its worker");
    });
    await queue.publish("pull", pull(1));
    await queue.publish("pull", pull(2));
    await eventually(async () => expect(await queue.depth("pull")).toEqual({ ready: 0, dead: 2 }));
    await live.stop();
    const got: number[] = [];
    let inHand = 0;
    const consumer = await queue.consumeDead("pull", async ({ repositoryId }) => {
      inHand += 1;
      expect(inHand).toBe(1);
      got.push(repositoryId);
      await Promise.resolve();
      inHand -= 1;
      if (got.length === 1) throw new Error("the database is away");
    });
    await eventually(() => expect(got).toHaveLength(3));
    expect(new Set(got)).toEqual(new Set([1, 2]));
    await eventually(async () => expect(await queue.depth("pull")).toEqual({ ready: 0, dead: 0 }));
    await consumer.stop();
  });

  it("lets other dead tasks have their turn while one of them cannot be settled", async () => {
    const live = await queue.consume("pull", { concurrency: 1 }, async () => {
      throw new Error("this task ends its worker");
    });
    for (const id of [1, 2, 3]) await queue.publish("pull", pull(id));
    await eventually(async () => expect(await queue.depth("pull")).toEqual({ ready: 0, dead: 3 }));
    await live.stop();
    const settled: number[] = [];
    const consumer = await queue.consumeDead("pull", async ({ repositoryId }) => {
      if (repositoryId === 1) throw new Error("this one cannot be settled");
      settled.push(repositoryId);
    });
    await eventually(() => expect(settled.sort()).toEqual([2, 3]));
    await consumer.stop();
    // RabbitMQ 4 counts what a consumer hands back a moment after it has gone.
    await eventually(async () => expect((await queue.depth("pull")).dead).toBe(1));
  });

  it("keeps kinds apart", async () => {
    const got: string[] = [];
    const consumers = await Promise.all([
      queue.consume("pull", { concurrency: 1 }, async () => void got.push("pull")),
      queue.consume("backfill", { concurrency: 1 }, async () => void got.push("backfill")),
      queue.consume(
        "check",
        { concurrency: 1 },
        async ({ repositoryIds }) => void got.push(`check ${repositoryIds}`),
      ),
    ]);
    await queue.publish("check", { repositoryIds: [7, 8] });
    await queue.publish("backfill", pull(1));
    await eventually(() => expect(got.sort()).toEqual(["backfill", "check 7,8"]));
    await Promise.all(consumers.map((consumer) => consumer.stop()));
  });

  it("never hands out more at once than its concurrency", async () => {
    const { held, most, handler } = heldTasks();
    const consumer = await queue.consume("pull", { concurrency: 3 }, handler);
    for (let id = 1; id <= 10; id += 1) await queue.publish("pull", pull(id));
    for (let done = 0; done < 10; done += 1) {
      await eventually(() => expect(held.length).toBe(Math.min(3, 10 - done)));
      held[0]?.end();
    }
    expect(most()).toBe(3);
    await consumer.stop();
  });

  it("delivers again after a rejection, and after the last delivery puts the task with the dead", async () => {
    const seen: number[] = [];
    const consumer = await queue.consume(
      "pull",
      { concurrency: 1 },
      async (_task, { redeliveries }) => {
        seen.push(redeliveries);
        throw new Error("not this time");
      },
    );
    await queue.publish("pull", pull(1));
    await eventually(async () => expect(await queue.depth("pull")).toEqual({ ready: 0, dead: 1 }));
    expect(seen).toEqual(Array.from({ length: DELIVERIES_MAX }, (_, index) => index));
    await consumer.stop();
  });

  it("puts a payload that does not fit its kind with the dead, without calling the handler", async () => {
    let calls = 0;
    const consumer = await queue.consume("check", { concurrency: 1 }, async () => {
      calls += 1;
    });
    const malformed = { repositoryIds: ["one"] } as unknown as { repositoryIds: number[] };
    await queue.publish("check", malformed);
    await eventually(async () => expect(await queue.depth("check")).toEqual({ ready: 0, dead: 1 }));
    expect(calls).toBe(0);
    await consumer.stop();
  });

  it("waits at a stop for the tasks in hand, tells them, and takes no more", async () => {
    const { held, handler } = heldTasks();
    let signal: AbortSignal | undefined;
    const consumer = await queue.consume("pull", { concurrency: 1 }, async (task, delivery) => {
      signal = delivery.signal;
      await handler(task);
    });
    await queue.publish("pull", pull(1));
    await eventually(() => expect(held).toHaveLength(1));
    expect(signal?.aborted).toBe(false);
    let isStopped = false;
    const stopped = consumer.stop().then(() => {
      isStopped = true;
    });
    await eventually(() => expect(signal?.aborted).toBe(true));
    await queue.publish("pull", pull(2));
    expect(isStopped).toBe(false);
    held[0]?.end();
    await stopped;
    expect(await queue.depth("pull")).toMatchObject({ ready: 1 });
    expect(held).toHaveLength(0);
  });

  it("carries the trace of the publisher into the handler", async () => {
    const spanContext = {
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      traceFlags: TraceFlags.SAMPLED,
    };
    let received: string | undefined;
    const consumer = await queue.consume("pull", { concurrency: 1 }, async () => {
      received = trace.getSpanContext(context.active())?.traceId;
    });
    await context.with(trace.setSpanContext(context.active(), spanContext), () =>
      queue.publish("pull", pull(1)),
    );
    await eventually(() => expect(received).toBe(spanContext.traceId));
    await consumer.stop();
  });

  it("refuses to publish once closed", async () => {
    await queue.close();
    expect(queue.isReady()).toBe(false);
    await expect(queue.publish("pull", pull(1))).rejects.toMatchObject({
      code: "BROKER_UNAVAILABLE",
    });
  });
});

describe.each([
  { adapter: "in process", open: openInProcess },
  { adapter: "on RabbitMQ", open: openRabbitmq },
])("a task queue $adapter with little room", ({ open }) => {
  it("says that it is full, of that kind alone, and takes tasks again once there is room", async () => {
    const { queue, close } = await open({ lengthMax: 5 });
    try {
      const fill = async () => {
        for (let id = 1; id <= 20; id += 1) await queue.publish("pull", pull(id));
      };
      const refusal = await fill().catch((error: unknown) => error);
      expect(isQueueFull(refusal)).toBe(true);
      expect(refusal).toMatchObject({
        code: "BROKER_UNAVAILABLE",
        message: "The queue of pull tasks is full.",
      });
      expect((await queue.depth("pull")).ready).toBeGreaterThanOrEqual(5);
      await queue.publish("backfill", pull(1));
      expect(queue.isReady()).toBe(true);
      const consumer = await queue.consume("pull", { concurrency: 1 }, async () => {});
      await eventually(() => queue.publish("pull", pull(21)));
      await consumer.stop();
    } finally {
      await close();
    }
  });
});

describe("a task queue on RabbitMQ, when the broker fails it", () => {
  let opened: Awaited<ReturnType<typeof openRabbitmq>>;
  beforeEach(async () => {
    opened = await openRabbitmq({ publishTimeoutMs: 800 });
  });
  afterEach(() => opened.close());

  it("has unsettled tasks delivered again after a lost connection, and goes on by itself", async () => {
    const { queue, proxy } = opened;
    const { held, handler } = heldTasks();
    const consumer = await queue.consume("pull", { concurrency: 1 }, handler);
    await queue.publish("pull", pull(1));
    await eventually(() => expect(held.map(({ id }) => id)).toEqual([1]));
    proxy.cut();
    await eventually(() => expect(held.map(({ id }) => id)).toEqual([1, 1]));
    for (const one of [...held]) one.end();
    await eventually(async () => expect(await queue.depth("pull")).toEqual({ ready: 0, dead: 0 }));
    await queue.publish("pull", pull(2));
    await eventually(() => expect(held.map(({ id }) => id)).toEqual([2]));
    held[0]?.end();
    await consumer.stop();
  });

  it.each(["block", "stall"] as const)(
    "refuses to publish within its timeout while the line is in a %s, and publishes again after it",
    async (fault) => {
      const { queue, proxy } = opened;
      proxy[fault]();
      await expect(queue.publish("pull", pull(1))).rejects.toMatchObject({
        code: "BROKER_UNAVAILABLE",
      });
      proxy.restore();
      await eventually(() => queue.publish("pull", pull(2)));
      await eventually(async () =>
        expect((await queue.depth("pull")).ready).toBeGreaterThanOrEqual(1),
      );
    },
  );

  it("declares its queues again when they are gone, and its consumers come back", async () => {
    const { queue, queues, withChannel } = opened;
    const got: number[] = [];
    const consumer = await queue.consume("pull", { concurrency: 1 }, async ({ repositoryId }) => {
      got.push(repositoryId);
    });
    await withChannel((channel) => channel.deleteQueue(queues.pull.live.name));
    await eventually(async () => {
      await queue.publish("pull", pull(5));
      expect(got).toContain(5);
    });
    await consumer.stop();
  });

  it("refuses to publish where no queue takes the task", async () => {
    const { queue, queues, withChannel } = opened;
    await withChannel((channel) => channel.deleteQueue(queues.backfill.live.name));
    await expect(queue.publish("backfill", pull(1))).rejects.toMatchObject({
      code: "BROKER_UNAVAILABLE",
    });
  });

  it("declares a queue again that nobody consumes, when a task finds it gone", async () => {
    const { queue, queues, withChannel } = opened;
    await withChannel((channel) => channel.deleteQueue(queues.backfill.live.name));
    await eventually(() => queue.publish("backfill", pull(1)));
    expect((await queue.depth("backfill")).ready).toBe(1);
  });

  it("goes on after a connection that broke at every point of its beginning", async () => {
    const { queue, proxy } = opened;
    const got: number[] = [];
    const consumer = await queue.consume("pull", { concurrency: 2 }, async ({ repositoryId }) => {
      got.push(repositoryId);
    });
    // More to set up, so that there is more to break.
    for (const kind of TASK_KINDS) await queue.consumeDead(kind, async () => {});
    let bytes = 0;
    proxy.cutAfter(() => {
      bytes += 40;
      return bytes;
    });
    await eventually(() => expect(queue.isReady()).toBe(false));
    await eventually(() => queue.publish("pull", pull(1)), 25_000);
    expect(bytes).toBeGreaterThan(1_000); // the handshake alone has some 600
    proxy.restore();
    // The first may have died of its deliveries over broken lines: each of them counts.
    await eventually(async () => {
      await queue.publish("pull", pull(2));
      expect(got).toContain(2);
    });
    await consumer.stop();
  });

  it("keeps more publishes than its window waiting, and all arrive", async () => {
    const { queue } = opened;
    await Promise.all(
      Array.from({ length: 1_200 }, (_, index) => queue.publish("pull", pull(index + 1))),
    );
    expect(await queue.depth("pull")).toEqual({ ready: 1_200, dead: 0 });
  });

  it("stops its consumers and closes in good time while the line is in a stall", async () => {
    const { queue, proxy } = opened;
    const consumer = await queue.consume("pull", { concurrency: 1 }, async () => {});
    proxy.stall();
    const began = performance.now();
    await consumer.stop();
    await queue.close();
    expect(performance.now() - began).toBeLessThan(4_000);
    proxy.restore();
  });

  it("buries a task whose bytes are no JSON", async () => {
    const { queue, queues, withChannel } = opened;
    const consumer = await queue.consume("pull", { concurrency: 1 }, async () => {});
    await withChannel(async (channel) => {
      channel.publish("", queues.pull.live.name, Buffer.from([0xff, 0x7b]), {});
      await channel.waitForConfirms();
    });
    await eventually(async () => expect(await queue.depth("pull")).toEqual({ ready: 0, dead: 1 }));
    await consumer.stop();
  });

  it("keeps published tasks on durable quorum queues, as persistent messages", async () => {
    const { queue, queues, withChannel } = opened;
    await queue.publish("check", { repositoryIds: [1] });
    const message = await withChannel((channel) => channel.get(queues.check.live.name));
    if (message === false) throw new Error("no message");
    expect(message.properties).toMatchObject({ deliveryMode: 2, contentType: "application/json" });
    expect(JSON.parse(message.content.toString())).toEqual({ repositoryIds: [1] });
  });
});
