import { randomBytes } from "node:crypto";
import { connect } from "amqplib";
import { pino } from "pino";
import { inject } from "vitest";
import { createInProcessFanout } from "../../src/fanout/in-process-fanout.js";
import { openRabbitmqFanout } from "../../src/fanout/rabbitmq-fanout.js";
import { createInProcessQueue } from "../../src/queue/in-process-queue.js";
import { openRabbitmqQueue } from "../../src/queue/rabbitmq-queue.js";
import { openRabbitmqConnection } from "../../src/rabbitmq/connection.js";
import { createTopology, type Topology } from "../../src/rabbitmq/topology.js";
import { startTcpProxy } from "./tcp-proxy.js";

const logger = pino({ level: process.env.TEST_LOG_LEVEL ?? "silent" });

/** RabbitMQ behind a line that a test can cut, with names of its own. */
export async function openRabbitmq({ publishTimeoutMs = 5_000 } = {}) {
  const url = new URL(inject("rabbitmqUrl"));
  const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port || 5_672) });
  const topologyPrefix = `test-${randomBytes(6).toString("hex")}.`;
  const topology = createTopology(topologyPrefix);
  const proxied = new URL(url);
  proxied.host = `127.0.0.1:${proxy.port}`;
  const connection = await openRabbitmqConnection({
    url: proxied.href,
    logger,
    signal: new AbortController().signal,
    topologyPrefix,
    retryMs: { min: 20, max: 100 },
  });
  const queue = await openRabbitmqQueue({ connection, logger, publishTimeoutMs });
  const fanout = await openRabbitmqFanout({ connection, logger });
  return {
    queue,
    fanout,
    proxy,
    topology,
    /** A client beside the adapter, straight to the broker. */
    async withChannel<T>(work: (channel: Awaited<ReturnType<typeof openChannel>>) => Promise<T>) {
      const direct = await connect(url.href);
      try {
        return await work(await openChannel(direct));
      } finally {
        await direct.close();
      }
    },
    async close() {
      proxy.restore();
      await queue.close();
      await fanout.close();
      await connection.close();
      await removeTopology(url.href, topology);
      await proxy[Symbol.asyncDispose]();
    },
  };
}

function openChannel(connection: Awaited<ReturnType<typeof connect>>) {
  return connection.createConfirmChannel();
}

export async function removeTopology(url: string, topology: Topology): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createChannel();
  for (const { live, dead } of Object.values(topology.tasks)) {
    await channel.deleteQueue(live.name);
    await channel.deleteQueue(dead.name);
  }
  await channel.deleteExchange(topology.fanoutExchange);
  await channel.deleteExchange(topology.deadExchange);
  await connection.close();
}

export async function openInProcess() {
  const queue = createInProcessQueue({ logger });
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
