import { context, propagation, ROOT_CONTEXT, TraceFlags, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Fanout } from "../../src/fanout/fanout.js";
import {
  openInProcess,
  openRabbitmq,
  rabbitmqPrefix,
  withChannel,
} from "../support/broker-adapters.js";
import { eventually } from "../support/eventually.js";

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
});
afterAll(() => {
  context.disable();
  propagation.disable();
});

describe.each([
  { adapter: "in process", open: openInProcess },
  { adapter: "on RabbitMQ", open: openRabbitmq },
])("a fanout $adapter", ({ open }) => {
  let opened: { fanout: Fanout; close(): Promise<void> };
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  it("reaches everyone who listens, until they stop", async () => {
    const { fanout } = opened;
    const heard: bigint[][] = [[], [], []];
    const silence = await Promise.all(
      heard.map((mine) => fanout.listen((sequence) => void mine.push(sequence))),
    );
    await fanout.ring(1n);
    await fanout.ring(9_007_199_254_740_993n);
    await eventually(() => expect(heard).toEqual(heard.map(() => [1n, 9_007_199_254_740_993n])));
    await silence[0]?.();
    await fanout.ring(3n);
    await eventually(() => expect(heard.map((mine) => mine.length)).toEqual([2, 3, 3]));
    expect(heard[0]).toHaveLength(2);
  });

  it("has the trace of whoever rings active in the listener", async () => {
    const { fanout } = opened;
    const spanContext = {
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      traceFlags: TraceFlags.SAMPLED,
    };
    const heard: (string | undefined)[] = [];
    await fanout.listen(() => heard.push(trace.getSpanContext(context.active())?.traceId));
    await context.with(trace.setSpanContext(ROOT_CONTEXT, spanContext), () => fanout.ring(1n));
    await fanout.ring(2n);
    await eventually(() => expect(heard).toEqual([spanContext.traceId, undefined]));
  });

  it("never rejects a ring, listened to or not, closed or not", async () => {
    const { fanout } = opened;
    await expect(fanout.ring(1n)).resolves.toBeUndefined();
    await fanout.close();
    await expect(fanout.ring(2n)).resolves.toBeUndefined();
  });
});

describe("a fanout on RabbitMQ, when the broker fails it", () => {
  it("loses rings without a word while the line is cut, and is heard again afterwards", async () => {
    const opened = await openRabbitmq();
    try {
      const heard: bigint[] = [];
      await opened.fanout.listen((sequence) => void heard.push(sequence));
      opened.proxy.block();
      await opened.fanout.ring(1n);
      opened.proxy.restore();
      await eventually(async () => {
        await opened.fanout.ring(2n);
        expect(heard).toContain(2n);
      });
      expect(heard).not.toContain(1n);
    } finally {
      await opened.close();
    }
  });

  it("leaves the tasks alone when its exchange is of another kind, and rings once that is deleted", async () => {
    const prefix = rabbitmqPrefix();
    const exchange = `${prefix}commits.ingested`;
    await withChannel((channel) => channel.assertExchange(exchange, "direct", { durable: true }));
    const opened = await openRabbitmq({ prefix });
    try {
      const { fanout, queue } = opened;
      const heard: bigint[] = [];
      await fanout.listen((sequence) => void heard.push(sequence));
      await fanout.ring(1n);
      expect([fanout.isReady(), queue.isReady()]).toEqual([false, true]);
      await queue.publish("check", { repositoryIds: [1] });
      await withChannel((channel) => channel.deleteExchange(exchange));
      await eventually(async () => {
        await fanout.ring(2n);
        expect(heard).toContain(2n);
      });
    } finally {
      await opened.close();
    }
  });
});
