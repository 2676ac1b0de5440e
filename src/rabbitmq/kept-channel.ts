import type { Channel } from "amqplib";
import type { Logger } from "pino";
import { atMost } from "./at-most.js";
import { closeChannel } from "./close-channel.js";
import { describeRefusal } from "./refusal.js";

const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 10_000;
const CLOSE_MS = 500;

/** A channel that another one takes the place of when it dies, whatever it died of. */
export interface KeptChannel<C extends Channel> {
  /** The channel now, null while there is none. */
  current(): C | null;
  /** Returns within a second, answered or not; what was not settled on the channel is delivered again. */
  close(): Promise<void>;
}

export interface RestorableChannel<C extends Channel> extends KeptChannel<C> {
  /** Opens the channel where it is missing. Never rejects: it tries again by itself. */
  restore(): Promise<void>;
}

export interface KeepChannelOptions<C extends Channel> {
  /** A channel on the connection of now; null while there is no connection. */
  readonly open: () => Promise<C> | null;
  /** Prefetch, consumers: run on each fresh channel before it is the current one. */
  readonly prepare: (channel: C) => Promise<void>;
  readonly logger: Logger;
}

export function keepChannel<C extends Channel>({
  open,
  prepare,
  logger,
}: KeepChannelOptions<C>): RestorableChannel<C> {
  let current: C | null = null;
  let opening: Promise<void> | null = null;
  let retry: NodeJS.Timeout | undefined;
  let failures = 0;
  let isDone = false;

  function retryLater(): void {
    if (isDone || retry !== undefined) return;
    retry = setTimeout(
      () => {
        retry = undefined;
        void restore();
      },
      Math.min(RETRY_MS_MIN * 2 ** failures, RETRY_MS_MAX),
    );
    retry.unref();
  }

  async function openWith(opened: Promise<C>): Promise<void> {
    const fresh = await opened;
    let isGone = false;
    fresh.on("error", (err: Error) => logger.warn({ err }, "rabbitmq channel failed"));
    fresh.on("close", () => {
      isGone = true;
      if (current !== fresh) return;
      current = null;
      retryLater();
    });
    try {
      await prepare(fresh);
      if (isGone) throw new Error("the channel closed while it was prepared");
    } catch (error) {
      if (!isGone) await closeChannel(fresh);
      throw error;
    }
    if (isDone) return closeChannel(fresh);
    failures = 0;
    current = fresh;
  }

  async function restore(): Promise<void> {
    if (current !== null || isDone) return;
    if (opening === null) {
      const opened = open();
      if (opened === null) return; // the next connection asks again
      opening = openWith(opened)
        .catch((err: unknown) => {
          failures += 1; // once or twice is usual while a connection goes
          const level = failures > 2 ? "warn" : "debug";
          const reason = describeRefusal(err);
          logger[level]({ err, reason, failures }, "rabbitmq channel cannot be opened, waiting");
          retryLater();
        })
        .finally(() => {
          opening = null;
        });
    }
    await opening;
  }

  return {
    restore,
    current: () => current,
    async close() {
      isDone = true;
      clearTimeout(retry);
      if (opening !== null) await atMost(CLOSE_MS, opening);
      const last = current;
      current = null;
      if (last !== null) await closeChannel(last);
    },
  };
}
