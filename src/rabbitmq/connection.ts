import { type Channel, type ChannelModel, type ConfirmChannel, connect } from "amqplib";
import type { Logger } from "pino";
import { atMost } from "./at-most.js";
import { createDeclaration, type Declaration } from "./declaration.js";
import { type KeptChannel, keepChannel } from "./kept-channel.js";
import { withChannel } from "./with-channel.js";

const CONNECT_TIMEOUT_MS = 10_000;
const HEARTBEAT_SECONDS = 10;
const RETRY_MS = { min: 250, max: 10_000 };
const CLOSE_MS = 500;

/** Prepares a fresh channel: consumers, prefetch. Run again for each channel that takes its place. */
export type ChannelSetup<C extends Channel> = (channel: C) => Promise<void>;

/**
 * One connection of a process, healed by amqplib's recovery, and channels that are opened again
 * whatever they were lost to. Whoever uses it declares what it needs.
 */
export interface RabbitmqConnection {
  /** `name` says what it is, in logs and errors: "queue orders". Declared by whoever first needs it. */
  declare(name: string, declare: (channel: Channel) => Promise<unknown>): Declaration;
  /** Resolves after the first attempt; without a connection `setup` runs once there is one. */
  keepChannel(setup: ChannelSetup<Channel>): Promise<KeptChannel<Channel>>;
  keepConfirmChannel(setup: ChannelSetup<ConfirmChannel>): Promise<KeptChannel<ConfirmChannel>>;
  /** Work on a channel of its own, that what the broker refuses may close. */
  withChannel<T>(work: (channel: Channel) => Promise<T>): Promise<T>;
  isReady(): boolean;
  /** Of the broker, as it presents itself; null while there is no connection. */
  version(): string | null;
  /** What the broker is short of while it takes nothing from us ("low on memory"), else null. */
  blockedBy(): string | null;
  /** Returns within a second, answered or not. */
  close(): Promise<void>;
}

export interface RabbitmqConnectionOptions {
  readonly url: string;
  readonly logger: Logger;
  /** Ends the wait for a broker that is away at the start. */
  readonly signal: AbortSignal;
  /** Milliseconds before the second attempt, doubled up to the most. Default: 250 to 10,000. */
  readonly retryMs?: { readonly min: number; readonly max: number };
}

/** Resolves once connected and says so while the broker is away; rejects when `signal` aborts. */
export async function openRabbitmqConnection(
  options: RabbitmqConnectionOptions,
): Promise<RabbitmqConnection> {
  const { url, logger, signal, retryMs = RETRY_MS } = options;
  signal.throwIfAborted();
  const { host } = new URL(url);
  const channels = new Set<{ restore(): Promise<void> }>();
  let model: ChannelModel | null = null;
  let blockedBy: string | null = null;
  let isClosed = false;

  async function restoreOn(connected: ChannelModel): Promise<void> {
    let isLost = false;
    connected.on("error", () => {}); // amqplib's recovery listens only after this set-up
    connected.once("close", () => {
      isLost = true;
    });
    connected.on("blocked", (reason: string) => {
      blockedBy = reason;
      logger.warn({ reason, host }, "rabbitmq takes nothing for now");
    });
    connected.on("unblocked", () => {
      blockedBy = null;
      logger.info({ host }, "rabbitmq takes what is published again");
    });
    model = connected;
    blockedBy = null;
    await Promise.all([...channels].map((channel) => channel.restore()));
    if (isLost) throw new Error("the connection was lost again while channels were opened");
  }

  const recovering = await connect(withHeartbeat(url), {
    noDelay: true,
    keepAlive: true,
    timeout: CONNECT_TIMEOUT_MS,
    clientProperties: { connection_name: "github-change-tracker" },
    recovery: {
      initialDelay: retryMs.min,
      maxDelay: retryMs.max,
      waitForConnect: false, // listeners first; jitter is recovery's own
      setup: restoreOn,
    },
  });
  recovering.on("error", (err: Error) => logger.debug({ err, host }, "rabbitmq connection error"));
  recovering.on("connect", () => logger.info({ host }, "rabbitmq connected"));
  recovering.on("connect-failed", () => {
    model = null;
  });
  recovering.on("disconnect", (err: Error) => {
    model = null;
    if (!isClosed) logger.warn({ reason: err.message, host }, "rabbitmq connection lost");
  });
  recovering.on("reconnect-scheduled", ({ delay, error }: { delay: number; error: Error }) => {
    const reason = error.message || (error as { code?: string }).code;
    logger.warn({ reason, host, retryMs: delay }, "rabbitmq cannot be reached, waiting");
  });

  const close = async () => {
    isClosed = true;
    model = null;
    await atMost(CLOSE_MS, recovering.close());
  };
  const abort = () => void close();
  signal.addEventListener("abort", abort, { once: true });
  try {
    await recovering.waitForConnect();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }

  async function keep<C extends Channel>(
    openOn: (connected: ChannelModel) => Promise<C>,
    setup: ChannelSetup<C>,
  ): Promise<KeptChannel<C>> {
    const kept = keepChannel<C>({
      logger,
      open: () => (model === null ? null : openOn(model)),
      prepare: setup,
    });
    channels.add(kept);
    await kept.restore();
    return {
      current: kept.current,
      async close() {
        channels.delete(kept);
        await kept.close();
      },
    };
  }

  return {
    declare: (name, declare) =>
      createDeclaration({ name, declare, connected: () => model, logger }),
    keepChannel: (setup) => keep((connected) => connected.createChannel(), setup),
    keepConfirmChannel: (setup) => keep((connected) => connected.createConfirmChannel(), setup),
    withChannel: (work) => withChannel(model, work),
    isReady: () => model !== null && blockedBy === null,
    version: () => {
      const version: unknown = model?.connection.serverProperties.version;
      return typeof version === "string" ? version : null;
    },
    blockedBy: () => (model === null ? null : blockedBy),
    close,
  };
}

function withHeartbeat(url: string): string {
  if (new URL(url).searchParams.has("heartbeat")) return url;
  return `${url}${url.includes("?") ? "&" : "?"}heartbeat=${HEARTBEAT_SECONDS}`;
}
