import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isQueueFull } from "../../src/queue/queue-error.js";
import { openRabbitmq } from "../support/broker-adapters.js";
import { eventually } from "../support/eventually.js";
import { type Broker, findRabbitmqServer, startBroker } from "../support/rabbitmq.js";

const run = promisify(execFile);
const pull = (repositoryId: number) => ({ repositoryId, generation: 0 });

// A broker of its own: an alarm stops whoever publishes there.
let broker: Broker;
beforeAll(async () => {
  const server = findRabbitmqServer();
  if (server === null) throw new Error("This test needs an installed RabbitMQ.");
  broker = await startBroker(server);
});
afterAll(() => broker?.stop());

async function setMemoryLimit(share: number): Promise<void> {
  const { command, env } = broker.control;
  await run(command, ["set_vm_memory_high_watermark", String(share)], { env, timeout: 30_000 });
}

it("says that RabbitMQ is low on memory, is not ready meanwhile, and goes on after that", async () => {
  const opened = await openRabbitmq({ url: broker.url, publishTimeoutMs: 800 });
  const { queue, fanout, lines } = opened;
  try {
    await queue.publish("pull", pull(1));
    await setMemoryLimit(0.000_001);
    const refusal = await eventually(async () => {
      const error = await queue.publish("pull", pull(2)).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Error);
      return error;
    });
    expect(refusal).toMatchObject({
      code: "BROKER_UNAVAILABLE",
      message: "RabbitMQ takes nothing for now, it is low on memory.",
    });
    expect(isQueueFull(refusal)).toBe(false);
    expect(queue.isReady()).toBe(false);
    await expect(queue.depth("pull")).rejects.toThrow("low on memory");
    await fanout.ring(1n); // lost, without a wait
    expect(lines.join("")).toContain("rabbitmq takes nothing for now");

    await setMemoryLimit(0.6);
    await eventually(() => expect(queue.isReady()).toBe(true));
    await queue.publish("pull", pull(3));
    expect((await queue.depth("pull")).ready).toBeGreaterThanOrEqual(2);
  } finally {
    await setMemoryLimit(0.6);
    await opened.close();
  }
});
