import { context } from "@opentelemetry/api";
import type { Logger } from "pino";
import { TrackerError } from "../domain/errors.js";
import type { Consumer, QueueDepth, TaskHandler, TaskQueue } from "./queue.js";
import { DELIVERIES_MAX, TASK_KINDS, type TaskKind, taskSchemas } from "./task.js";

export interface InProcessQueueOptions {
  readonly logger: Logger;
  /** Tasks of one kind that may wait; a publish beyond them is refused. */
  readonly lengthMax?: number;
}

interface Entry {
  readonly payload: unknown;
  readonly publishedIn: ReturnType<typeof context.active>;
  redeliveries: number;
}

/** One kind's queue: what waits, what is dead, and who takes from it. */
interface Channel {
  readonly waiting: Entry[];
  readonly dead: Entry[];
  readonly takers: Set<() => void>;
}

const LENGTH_MAX = 100_000;
const DEAD_MAX = 1_000;

/** Tasks in memory, for one process; they are gone with it, which the port allows. */
export function createInProcessQueue({
  logger,
  lengthMax = LENGTH_MAX,
}: InProcessQueueOptions): TaskQueue {
  const channels = new Map<TaskKind, Channel>(
    TASK_KINDS.map((kind) => [kind, { waiting: [], dead: [], takers: new Set() }]),
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
    const { dead } = channelOf(kind);
    logger.warn({ kind, task: entry.payload, reason }, "task is dead");
    dead.push(entry);
    if (dead.length > DEAD_MAX) dead.shift();
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
        handler(payload, { redeliveries: entry.redeliveries, signal }),
      );
    } catch (err) {
      entry.redeliveries += 1;
      logger.warn({ err, kind, redeliveries: entry.redeliveries }, "task returned to its queue");
      if (entry.redeliveries >= DELIVERIES_MAX) bury(kind, entry, "delivery limit");
      else if (isOpen) add(kind, entry);
    }
  }

  return {
    async publish(kind, payload) {
      if (!isOpen) throw new TrackerError("BROKER_UNAVAILABLE", "The task queue is closed.");
      if (channelOf(kind).waiting.length >= lengthMax) {
        throw new TrackerError("BROKER_UNAVAILABLE", `The queue of ${kind} tasks is full.`);
      }
      add(kind, {
        payload: structuredClone(payload),
        publishedIn: context.active(),
        redeliveries: 0,
      });
    },

    async consume(kind, { concurrency }, handler) {
      const { waiting, takers } = channelOf(kind);
      const stopping = new AbortController();
      const inHand = new Set<Promise<void>>();
      const take = () => {
        while (inHand.size < concurrency && !stopping.signal.aborted) {
          const entry = waiting.shift();
          if (entry === undefined) return;
          const work = deliver(kind, entry, handler, stopping.signal).finally(() => {
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
