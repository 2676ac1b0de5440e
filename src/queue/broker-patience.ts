import { setTimeout as delay } from "node:timers/promises";
import type { Channel } from "amqplib";
import { isTrackerError, type TrackerError } from "../domain/errors.js";
import type { RabbitmqConnection } from "../rabbitmq/connection.js";
import type { KeptChannel } from "../rabbitmq/kept-channel.js";
import { queueUnavailable } from "./queue-error.js";

const POLL_MS = 20;

/** How long a call waits for the broker, and what it says when it has waited in vain. */
export interface BrokerPatience {
  deadline(): number;
  /** The channel, once there is one on a line that carries and nothing else is in the way. */
  channelOf<C extends Channel>(
    kept: KeptChannel<C>,
    deadline: number,
    obstacle?: () => string | null,
  ): Promise<C>;
  /** Rejects as the promise does, at the deadline at the latest. */
  within<T>(deadline: number, promise: Promise<T>): Promise<T>;
  tooLate(message: string): TrackerError;
  /** Whoever waits is told that the queue is closed. */
  end(): void;
}

export function createBrokerPatience(
  connection: RabbitmqConnection,
  timeoutMs: number,
): BrokerPatience {
  let isEnded = false;

  function blocked(): string | null {
    const reason = connection.blockedBy();
    return reason === null ? null : `RabbitMQ takes nothing for now, it is ${reason}`;
  }

  function absence(): string {
    return (
      blocked() ??
      (connection.isReady() ? "RabbitMQ opens no channel" : "RabbitMQ cannot be reached")
    );
  }

  function tooLate(message: string): TrackerError {
    return queueUnavailable(blocked() ?? message);
  }

  return {
    deadline: () => performance.now() + timeoutMs,
    async channelOf(kept, deadline, obstacle = () => null) {
      for (;;) {
        if (isEnded) throw queueUnavailable("The task queue is closed");
        const channel = kept.current();
        const inTheWay = channel === null ? absence() : (blocked() ?? obstacle());
        if (channel !== null && inTheWay === null) return channel;
        if (performance.now() >= deadline) throw queueUnavailable(String(inTheWay));
        await delay(POLL_MS);
      }
    },
    within(deadline, promise) {
      return new Promise((resolve, reject) => {
        const late = () => reject(tooLate("RabbitMQ did not answer in time"));
        const timer = setTimeout(late, Math.max(0, deadline - performance.now()));
        const settle = (then: () => void) => {
          clearTimeout(timer);
          then();
        };
        promise.then(
          (value) => settle(() => resolve(value)),
          (error: unknown) => settle(() => reject(asUnavailable(error))),
        );
      });
    },
    tooLate,
    end() {
      isEnded = true;
    },
  };
}

function asUnavailable(error: unknown): TrackerError {
  if (isTrackerError(error)) return error;
  return queueUnavailable(error instanceof Error ? error.message : String(error), error);
}
