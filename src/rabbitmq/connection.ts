import { type Channel, type ChannelModel, type ConfirmChannel, connect } from "amqplib";
import type { Logger } from "pino";
import { createTopology, declareTopology, type Topology } from "./topology.js";

const CONNECT_TIMEOUT_MS = 10_000;
const HEARTBEAT_SECONDS = 10;
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 10_000;
const RESTORE_MS = 500; // before a channel that died on a living connection is opened again

/** Prepares a fresh channel: consumers, prefetch. Run again for each channel that takes its place. */
export type ChannelSetup<C extends Channel> = (channel: C) => Promise<void>;

export interface KeptChannel<C extends Channel> {
  /** The channel now, null while there is none. */
  current(): C | null;
  close(): Promise<void>;
}

/**
 * One connection of a process, healed by amqplib's recovery, and channels that are opened again, on
 * a topology declared again, whatever they were lost to.
 */
export interface RabbitmqConnection {
  readonly topology: Topology;
  keepChannel(setup: ChannelSetup<Channel>): Promise<KeptChannel<Channel>>;
  keepConfirmChannel(setup: ChannelSetup<ConfirmChannel>): Promise<KeptChannel<ConfirmChannel>>;
  isReady(): boolean;
  close(): Promise<void>;
}

export interface RabbitmqConnectionOptions {
  readonly url: string;
  readonly logger: Logger;
  /** Ends the wait for a broker that is away at the start. */
  readonly signal: AbortSignal;
  readonly topologyPrefix?: string;
}

/** Resolves once connected; says so while the broker is away. */
export async function openRabbitmqConnection(
  options: RabbitmqConnectionOptions,
): Promise<RabbitmqConnection> {
  const { url, logger, signal } = options;
  const topology = createTopology(options.topologyPrefix);
  const { host } = new URL(url);
  const restorers = new Set<() => Promise<void>>();
  let model: ChannelModel | null = null;
  let isClosed = false;

  const recovering = await connect(
    `${url}${url.includes("?") ? "&" : "?"}heartbeat=${HEARTBEAT_SECONDS}`,
    {
      noDelay: true,
      keepAlive: true,
      timeout: CONNECT_TIMEOUT_MS,
      clientProperties: { connection_name: "github-change-tracker" },
      recovery: {
        initialDelay: RETRY_MS_MIN,
        maxDelay: RETRY_MS_MAX,
        waitForConnect: false,
        setup: async (connected: ChannelModel) => {
          model = connected;
          for (const restore of restorers) await restore();
        },
      },
    },
  );
  recovering.on("error", (err: Error) => logger.debug({ err, host }, "rabbitmq connection error"));
  recovering.on("connect", () => logger.info({ host }, "rabbitmq connected"));
  recovering.on("disconnect", (err: Error) => {
    model = null;
    if (!isClosed) logger.warn({ reason: err?.message, host }, "rabbitmq connection lost");
  });
  recovering.on("reconnect-scheduled", ({ delay, error }: { delay: number; error: Error }) => {
    const reason = error.message || (error as { code?: string }).code;
    logger.warn({ reason, host, retryMs: delay }, "rabbitmq cannot be reached, waiting");
  });

  const close = async () => {
    isClosed = true;
    await recovering.close();
  };
  const abort = () => void close().catch(() => {});
  signal.addEventListener("abort", abort, { once: true });
  try {
    await recovering.waitForConnect();
  } finally {
    signal.removeEventListener("abort", abort);
  }
  signal.throwIfAborted();

  async function keep<C extends Channel>(
    open: (connected: ChannelModel) => Promise<C>,
    setup: ChannelSetup<C>,
  ): Promise<KeptChannel<C>> {
    let channel: C | null = null;
    let isDone = false;
    const restore = async (): Promise<void> => {
      if (model === null || isDone) return;
      const fresh = await open(model);
      fresh.on("error", (err: Error) => logger.warn({ err, host }, "rabbitmq channel failed"));
      fresh.on("close", () => {
        if (channel === fresh) channel = null;
        if (!isDone && !isClosed) setTimeout(again, RESTORE_MS).unref();
      });
      await declareTopology(fresh, topology);
      await setup(fresh);
      channel = fresh;
    };
    const again = () => {
      if (channel !== null || model === null || isDone) return;
      restore().catch((err: unknown) => {
        logger.warn({ err, host }, "rabbitmq channel cannot be opened, trying again");
        setTimeout(again, RESTORE_MS).unref();
      });
    };
    restorers.add(restore);
    await restore().catch(again);
    return {
      current: () => channel,
      async close() {
        isDone = true;
        restorers.delete(restore);
        await channel?.close().catch(() => {}); // it may be closing already
      },
    };
  }

  return {
    topology,
    keepChannel: (setup) => keep((connected) => connected.createChannel(), setup),
    keepConfirmChannel: (setup) => keep((connected) => connected.createConfirmChannel(), setup),
    isReady: () => model !== null,
    close,
  };
}
