import type { TaskKind, TaskPayload } from "./task.js";

/** Facts about a delivery beside its payload. */
export interface Delivery {
  /**
   * Deliveries of this task before this one, as far as the broker counts them. Any tells that the worker
   * before has lost it: what it had in hand is taken from it.
   */
  readonly redeliveries: number;
  /** Since it was published, by two machines' clocks; null where the broker does not tell. */
  readonly waitedMs: number | null;
  /** Aborted when the consumer is being stopped: finish or give up soon. */
  readonly signal: AbortSignal;
}

export type TaskHandler<K extends TaskKind> = (
  payload: TaskPayload<K>,
  delivery: Delivery,
) => Promise<void>;

export interface ConsumeOptions {
  /** Tasks of this kind handled at once in this process; also the broker's prefetch. */
  readonly concurrency: number;
}

export interface Consumer {
  /** Takes no more tasks, aborts `delivery.signal`, and resolves when those in hand are settled. */
  stop(): Promise<void>;
}

export interface QueueDepth {
  readonly ready: number;
  readonly dead: number;
}

/**
 * PORT. At-least-once tasks, one queue for each kind.
 *
 * - `publish` resolves once the broker has the task safely (a confirm, and routed to its queue);
 *   rejects with `BROKER_UNAVAILABLE` when it cannot within its timeout. It never hangs. Where there is
 *   no room for it, `isQueueFull` (`queue-error.ts`) says so.
 * - What is wrong with one kind's queue concerns that kind alone, and the error names the queue.
 * - A task is settled after its handler ends: resolved → gone; rejected → delivered again, up to
 *   `DELIVERIES_MAX` deliveries in all, then moved to the kind's dead queue.
 * - A payload that does not fit its kind's schema is dead-lettered at once, without calling the handler.
 * - A consumer that dies, or whose connection does, has its unsettled tasks delivered again.
 * - `consumeDead` takes dead tasks one at a time: resolved → gone; rejected → delivered again later, while
 *   others have their turn. A dead payload that does not fit its schema is logged and gone.
 * - Order is not promised. Repeats are possible. The trace context of the publisher is active in the handler.
 * - Connections heal by themselves with back-off; consumers continue after that without being asked.
 * - Tasks are work that the database can derive again: losing the queue costs a delay, never data.
 */
export interface TaskQueue {
  publish<K extends TaskKind>(kind: K, payload: TaskPayload<K>): Promise<void>;
  consume<K extends TaskKind>(
    kind: K,
    options: ConsumeOptions,
    handler: TaskHandler<K>,
  ): Promise<Consumer>;
  consumeDead<K extends TaskKind>(kind: K, handler: TaskHandler<K>): Promise<Consumer>;
  /** Cheap enough to be asked several times a second. */
  depth(kind: TaskKind): Promise<QueueDepth>;
  /** Whether tasks can flow now; for `/readyz`. */
  isReady(): boolean;
  close(): Promise<void>;
}
