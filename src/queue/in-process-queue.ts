import { setTimeout as delay } from "node:timers/promises";
import { context } from "@opentelemetry/api";
import type { Logger } from "pino";
import type { Consumer, Delivery, QueueDepth, TaskHandler, TaskQueue } from "./queue.js";
import { queueFull, queueUnavailable } from "./queue-error.js";
import { DELIVERIES_MAX, TASK_KINDS, type TaskKind, taskSchemas } from "./task.js";
import { processingTask, sendingTask } from "./task-span.js";

export interface InProcessQueueOptions {
  readonly logger: Logger;
  /** Tasks of one kind that may wait; a publish beyond them is refused. */
  readonly lengthMax?: number;
}

interface Entry {
  readonly payload: unknown;
  readonly publishedIn: ReturnType<typeof context.active>;
  readonly publishedAtMs: number;
  redeliveries: number;
}

/** One kind's queue: what waits, what is dead, and who takes from it. */
interface Channel {
  readonly waiting: Entry[];
  readonly dead: Entry[];
  readonly takers: Set<() => void>;
  readonly deadTakers: Set<() => void>;
}

/** By which traces know it. */
const SYSTEM = "in-process";
const LENGTH_MAX = 100_000;
const DEAD_MAX = 1_000;
const DEAD_RETRY_MS = 1_000;

/** Tasks in memory, for one process; they are gone with it, which the port allows. */
export function createInProcessQueue({
  logger,
  lengthMax = LENGTH_MAX,
}: InProcessQueueOptions): TaskQueue {
  const channels = new Map<TaskKind, Channel>(
    TASK_KINDS.map((kind) => [
      kind,
      { waiting: [], dead: [], takers: new Set(), deadTakers: new Set() },
    ]),
  );
  const consumers = new Set<Consumer>();
  let isOpen = true;

  function channelOf(kind: TaskKind): Channel {
    const channel = channels.get(kind);
    if (channel === undefined) throw new Error(`there is no queue for ${kind}`);
    return channel;
  }

  function add(kind: TaskKind, entry: Entry): void {
    const { waiting, takers } = channelOf(kind);
    waiting.push(entry);
    for (const take of [...takers]) take();
  }

  function bury(kind: TaskKind, entry: Entry, reason: string): void {
    const { dead, deadTakers } = channelOf(kind);
    logger.warn({ kind, task: entry.payload, reason }, "task is dead");
    dead.push(entry);
    if (dead.length > DEAD_MAX) dead.shift();
    for (const take of [...deadTakers]) take();
  }

  async function deliver<K extends TaskKind>(
    kind: K,
    entry: Entry,
    handler: TaskHandler<K>,
    signal: AbortSignal,
  ): Promise<void> {
    const parsed = taskSchemas[kind].safeParse(entry.payload);
    if (!parsed.success) return bury(kind, entry, "malformed");
    const payload = parsed.data as Parameters<TaskHandler<K>>[0];
    try {
      await context.with(entry.publishedIn, () =>
        processingTask({ system: SYSTEM, name: kind }, {}, () =>
          handler(payload, deliveryOf(entry, signal)),
        ),
      );
    } catch (err) {
      entry.redeliveries += 1;
      const { redeliveries } = entry;
      // Cut off by a stop it is nobody's failure.
      logger[signal.aborted ? "debug" : "warn"](
        { err, kind, redeliveries },
        "task returned to its queue",
      );
      if (entry.redeliveries >= DELIVERIES_MAX) bury(kind, entry, "delivery limit");
      else if (isOpen) add(kind, entry);
    }
  }

  async function deliverDead<K extends TaskKind>(
    kind: K,
    entry: Entry,
    handler: TaskHandler<K>,
    signal: AbortSignal,
  ): Promise<void> {
    const parsed = taskSchemas[kind].safeParse(entry.payload);
    if (!parsed.success)
      return void logger.warn({ kind, reason: "malformed" }, "dead task is gone");
    const payload = parsed.data as Parameters<TaskHandler<K>>[0];
    try {
      await handler(payload, deliveryOf(entry, signal));
    } catch (err) {
      logger[signal.aborted ? "debug" : "warn"]({ err, kind }, "dead task returned to its queue");
      await delay(DEAD_RETRY_MS, undefined, { signal }).catch(() => {});
      channelOf(kind).dead.push(entry);
    }
  }

  /** Hands entries over, so many at once, until it is stopped. */
  function consumeFrom(
    entries: Entry[],
    takers: Set<() => void>,
    concurrency: number,
    handle: (entry: Entry, signal: AbortSignal) => Promise<void>,
  ): Consumer {
    const stopping = new AbortController();
    const inHand = new Set<Promise<void>>();
    const take = () => {
      while (inHand.size < concurrency && !stopping.signal.aborted) {
        const entry = entries.shift();
        if (entry === undefined) return;
        const work = handle(entry, stopping.signal).finally(() => {
          inHand.delete(work);
          take();
        });
        inHand.add(work);
      }
    };
    const consumer: Consumer = {
      async stop() {
        takers.delete(take);
        consumers.delete(consumer);
        stopping.abort();
        await Promise.all(inHand);
      },
    };
    takers.add(take);
    consumers.add(consumer);
    take();
    return consumer;
  }

  return {
    async publish(kind, payload) {
      if (!isOpen) throw queueUnavailable("The task queue is closed");
      if (channelOf(kind).waiting.length >= lengthMax) throw queueFull(kind);
      await sendingTask({ system: SYSTEM, name: kind }, {}, async () =>
        add(kind, {
          payload: structuredClone(payload),
          publishedIn: context.active(),
          publishedAtMs: performance.now(),
          redeliveries: 0,
        }),
      );
    },

    async consume(kind, { concurrency }, handler) {
      const { waiting, takers } = channelOf(kind);
      return consumeFrom(waiting, takers, concurrency, (entry, signal) =>
        deliver(kind, entry, handler, signal),
      );
    },

    async consumeDead(kind, handler) {
      const { dead, deadTakers } = channelOf(kind);
      return consumeFrom(dead, deadTakers, 1, (entry, signal) =>
        deliverDead(kind, entry, handler, signal),
      );
    },

    async depth(kind): Promise<QueueDepth> {
      const { waiting, dead } = channelOf(kind);
      return { ready: waiting.length, dead: dead.length };
    },

    isReady: () => isOpen,

    async close() {
      isOpen = false;
      await Promise.all([...consumers].map((consumer) => consumer.stop()));
    },
  };
}

function deliveryOf({ redeliveries, publishedAtMs }: Entry, signal: AbortSignal): Delivery {
  return { redeliveries, waitedMs: performance.now() - publishedAtMs, signal };
}
