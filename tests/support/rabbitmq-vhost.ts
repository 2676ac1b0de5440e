import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { connect } from "amqplib";
import { inject } from "vitest";
import { queuesOf } from "../../src/queue/rabbitmq-topology.js";
import { TASK_KINDS } from "../../src/queue/task.js";

const run = promisify(execFile);

export interface BrokerSpace {
  readonly url: string;
  remove(): Promise<void>;
}

/**
 * A place on the broker for whole processes of the product, which use its plain names: a virtual
 * host of its own on our private broker; on another, the URL as it is, unless a tracker's tasks are there already.
 */
export async function openBrokerSpace(): Promise<BrokerSpace> {
  const url = new URL(inject("rabbitmqUrl"));
  const control = inject("rabbitmqControl");
  if (control === null) {
    await requireUnused(url.href);
    return { url: url.href, remove: () => removeQueues(url.href) };
  }
  const vhost = `test-${randomBytes(6).toString("hex")}`;
  const ctl = (...args: string[]) =>
    run(control.command, args, { env: control.env, timeout: 30_000 });
  await ctl("add_vhost", vhost);
  await ctl("set_permissions", "-p", vhost, "guest", ".*", ".*", ".*");
  url.pathname = `/${vhost}`;
  return {
    url: url.href,
    async remove() {
      await ctl("delete_vhost", vhost);
    },
  };
}

/** A developer's own broker may carry real work: that is never touched. */
async function requireUnused(url: string): Promise<void> {
  const connection = await connect(url);
  try {
    for (const { live } of TASK_KINDS.map((kind) => queuesOf(kind))) {
      const channel = await connection.createChannel();
      channel.on("error", () => {}); // no such queue: that is what is hoped for
      const found = await channel.checkQueue(live.name).catch(() => null);
      if (found !== null && found.messageCount + found.consumerCount > 0) {
        throw new Error(
          `${live.name} on the tests' RabbitMQ is in use; set TEST_RABBITMQ_URL to another virtual host.`,
        );
      }
    }
  } finally {
    await connection.close();
  }
}

async function removeQueues(url: string): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createChannel();
  for (const { live, dead } of TASK_KINDS.map((kind) => queuesOf(kind))) {
    await channel.deleteQueue(live.name);
    await channel.deleteQueue(dead.name);
  }
  await connection.close();
}
