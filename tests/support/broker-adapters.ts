import { randomBytes } from "node:crypto";
import { type ConfirmChannel, connect } from "amqplib";
import { pino } from "pino";
import { inject } from "vitest";
import { createInProcessFanout } from "../../src/fanout/in-process-fanout.js";
import { openRabbitmqFanout } from "../../src/fanout/rabbitmq-fanout.js";
import { createInProcessQueue } from "../../src/queue/in-process-queue.js";
import { openRabbitmqQueue } from "../../src/queue/rabbitmq-queue.js";
import { queuesOf, type TopologyOptions } from "../../src/queue/rabbitmq-topology.js";
import { TASK_KINDS } from "../../src/queue/task.js";
import { openRabbitmqConnection } from "../../src/rabbitmq/connection.js";
import { startTcpProxy } from "./tcp-proxy.js";

export interface OpenRabbitmqOptions extends TopologyOptions {
  readonly publishTimeoutMs?: number;
  readonly url?: string;
}

export function rabbitmqPrefix(): string {
  return `test-${randomBytes(6).toString("hex")}.`;
}

/** RabbitMQ behind a line that a test can cut, with names of its own. */
export async function openRabbitmq({
  publishTimeoutMs = 5_000,
  url = inject("rabbitmqUrl"),
  prefix = rabbitmqPrefix(),
  ...others
}: OpenRabbitmqOptions = {}) {
  const lines: string[] = [];
  const level = process.env.TEST_LOG_LEVEL ?? "info";
  const logger = pino({ level }, { write: (line) => void lines.push(line) });
  const topology = { prefix, ...others };
  const direct = new URL(url);
  const proxy = await startTcpProxy({ host: direct.hostname, port: Number(direct.port || 5_672) });
  const proxied = new URL(direct);
  proxied.host = `127.0.0.1:${proxy.port}`;
  const connection = await openRabbitmqConnection({
    url: proxied.href,
    logger,
    signal: new AbortController().signal,
    retryMs: { min: 20, max: 100 },
  });
  const queue = await openRabbitmqQueue({ connection, logger, publishTimeoutMs, topology });
  const fanout = await openRabbitmqFanout({ connection, logger, prefix });
  return {
    queue,
    fanout,
    proxy,
    lines,
    queues: Object.fromEntries(
      TASK_KINDS.map((kind) => [kind, queuesOf(kind, topology)]),
    ) as Record<(typeof TASK_KINDS)[number], ReturnType<typeof queuesOf>>,
    /** A client beside the adapter, straight to the broker. */
    withChannel: <T>(work: (channel: ConfirmChannel) => Promise<T>) => withChannel(work, url),
    async close() {
      proxy.restore();
      await queue.close();
      await fanout.close();
      await connection.close();
      await removeAll(topology, url);
      await proxy[Symbol.asyncDispose]();
    },
  };
}

export async function withChannel<T>(
  work: (channel: ConfirmChannel) => Promise<T>,
  url = inject("rabbitmqUrl"),
): Promise<T> {
  const direct = await connect(url);
  try {
    return await work(await direct.createConfirmChannel());
  } finally {
    await direct.close();
  }
}

function removeAll(topology: TopologyOptions, url: string): Promise<void> {
  return withChannel(async (channel) => {
    for (const kind of TASK_KINDS) {
      const { live, dead, olderNames } = queuesOf(kind, topology);
      for (const name of [live.name, dead.name, ...olderNames]) await channel.deleteQueue(name);
    }
    await channel.deleteExchange(`${topology.prefix}commits.ingested`);
  }, url);
}

export async function openInProcess({ lengthMax }: { readonly lengthMax?: number } = {}) {
  const logger = pino({ level: process.env.TEST_LOG_LEVEL ?? "silent" });
  const queue = createInProcessQueue({ logger, ...(lengthMax !== undefined && { lengthMax }) });
  const fanout = createInProcessFanout({ logger });
  return {
    queue,
    fanout,
    async close() {
      await queue.close();
      await fanout.close();
    },
  };
}
