import { randomUUID } from "node:crypto";
import type { ConfirmChannel } from "amqplib";
import type { RabbitmqConnection } from "../rabbitmq/connection.js";
import { carriedTrace } from "../telemetry/traces/carried-trace.js";
import {
  ATTR_MESSAGING_MESSAGE_BODY_SIZE,
  MESSAGING_SYSTEM_VALUE_RABBITMQ,
} from "../telemetry/traces/semantic-conventions.js";
import type { BrokerPatience } from "./broker-patience.js";
import { queueFull, queueUnavailable } from "./queue-error.js";
import type { RabbitmqRoute } from "./rabbitmq-route.js";
import type { TaskKind } from "./task.js";
import { sendingTask } from "./task-span.js";

/** On the wire, of one kind; further ones wait for a place until their deadline. */
const UNCONFIRMED_MAX = 500;

/** AMQP's own time of a message has whole seconds. */
export const PUBLISHED_AT = "x-published-at-ms";

export interface RabbitmqPublisher {
  /** Resolves once the broker has the task safely in its queue. */
  publish(route: RabbitmqRoute, payload: unknown): Promise<void>;
  isReady(): boolean;
  close(): Promise<void>;
}

/** Publishes with confirms, on one channel: a message that finds no queue or no room closes nothing. */
export async function openRabbitmqPublisher(
  connection: RabbitmqConnection,
  patience: BrokerPatience,
): Promise<RabbitmqPublisher> {
  const returned = new Set<string>();
  const unconfirmed = new Map<TaskKind, Set<string>>();
  const kept = await connection.keepConfirmChannel(async (channel) => {
    // A message that fits no queue is returned first and confirmed afterwards.
    channel.on("return", ({ properties: { messageId } }) => {
      for (const ids of unconfirmed.values()) if (ids.has(messageId)) returned.add(messageId);
    });
  });

  function unconfirmedOf(kind: TaskKind): Set<string> {
    const ids = unconfirmed.get(kind) ?? new Set();
    unconfirmed.set(kind, ids);
    return ids;
  }

  /** Resolves with what became of it. */
  function confirmed(
    channel: ConfirmChannel,
    { kind, queues }: RabbitmqRoute,
    content: Buffer,
    deadline: number,
  ): Promise<"taken" | "returned" | "refused"> {
    const messageId = randomUUID();
    const inFlight = unconfirmedOf(kind);
    const headers = { [PUBLISHED_AT]: Date.now(), ...carriedTrace() };
    return new Promise((resolve, reject) => {
      const late = () =>
        reject(patience.tooLate(`RabbitMQ did not confirm the ${kind} task in time`));
      const timer = setTimeout(late, Math.max(0, deadline - performance.now()));
      const settle = (error: unknown) => {
        clearTimeout(timer);
        inFlight.delete(messageId); // a late one keeps its place until here: the window is real
        const wasReturned = returned.delete(messageId);
        if (isNack(error)) resolve("refused");
        else if (error) reject(queueUnavailable(`RabbitMQ did not take the ${kind} task`, error));
        else resolve(wasReturned ? "returned" : "taken");
      };
      inFlight.add(messageId);
      const options = { persistent: true, mandatory: true, contentType: "application/json" };
      try {
        const { name } = queues.live;
        channel.publish("", name, content, { ...options, headers, messageId }, settle);
      } catch (error) {
        settle(error);
      }
    });
  }

  async function publish(route: RabbitmqRoute, content: Buffer): Promise<void> {
    const { kind, queues, declaration } = route;
    const deadline = patience.deadline();
    await patience.channelOf(kept, deadline);
    await patience.within(deadline, declaration.ensure());
    const inFlight = unconfirmedOf(kind);
    const channel = await patience.channelOf(kept, deadline, () =>
      inFlight.size < UNCONFIRMED_MAX ? null : `Too many ${kind} tasks await RabbitMQ`,
    );
    const outcome = await confirmed(channel, route, content, deadline);
    if (outcome === "taken") return;
    if (outcome === "refused") throw queueFull(kind);
    declaration.lost();
    throw queueUnavailable(`RabbitMQ had no queue ${queues.live.name}`);
  }

  return {
    publish(route, payload) {
      const content = Buffer.from(JSON.stringify(payload));
      const destination = { system: MESSAGING_SYSTEM_VALUE_RABBITMQ, name: route.queues.live.name };
      const facts = { [ATTR_MESSAGING_MESSAGE_BODY_SIZE]: content.length };
      return sendingTask(destination, facts, () => publish(route, content));
    },
    isReady: () => kept.current() !== null && connection.isReady(),
    close: () => kept.close(),
  };
}

/** The queue's own no, which it says when it is full. amqplib tells it from a lost channel by its text alone. */
function isNack(error: unknown): boolean {
  return error instanceof Error && error.message === "message nacked";
}
