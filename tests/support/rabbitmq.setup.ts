import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { answersAmqp, type BrokerControl, findRabbitmqServer, startBroker } from "./rabbitmq.js";

const LOCAL_URL = "amqp://guest:guest@127.0.0.1:5672";
const INSTALL_TIMEOUT_MS = 300_000;

declare module "vitest" {
  interface ProvidedContext {
    rabbitmqUrl: string;
    /** Null for a broker that is not ours to administer. */
    rabbitmqControl: BrokerControl | null;
  }
}

/** Provides `rabbitmqUrl`: the broker named, the one on this machine, or a private one. Never skips. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_RABBITMQ_URL;
  if (given !== undefined && given !== "") {
    if (!(await answersAmqp(given))) throw new Error("No RabbitMQ answers at TEST_RABBITMQ_URL.");
    project.provide("rabbitmqUrl", given);
    project.provide("rabbitmqControl", null);
    return async () => {};
  }
  if (await answersAmqp(LOCAL_URL)) {
    project.provide("rabbitmqUrl", LOCAL_URL);
    project.provide("rabbitmqControl", null);
    return async () => {};
  }
  if (findRabbitmqServer() === null) await installOnDebian();
  const server = findRabbitmqServer();
  if (server === null) {
    throw new Error(
      "The tests need RabbitMQ: install it (Debian: apt-get install rabbitmq-server, macOS: brew install rabbitmq), or set TEST_RABBITMQ_URL.",
    );
  }
  const broker = await startBroker(server);
  project.provide("rabbitmqUrl", broker.url);
  project.provide("rabbitmqControl", broker.control);
  return broker.stop;
}

/** Tries `apt-get install` where that can work: as root on Debian and its kin. */
async function installOnDebian(): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) return;
  const install = [
    "-o",
    "DPkg::Lock::Timeout=120",
    "install",
    "-y",
    "--no-install-recommends",
    "rabbitmq-server",
  ];
  try {
    await aptGet(install);
  } catch {
    // A new machine has no package lists yet, or old ones.
    await aptGet(["update"]).catch(() => {});
    await aptGet(install).catch(() => {}); // the caller says what is missing
  }
}

async function aptGet(args: string[]): Promise<void> {
  await promisify(execFile)("apt-get", args, {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    timeout: INSTALL_TIMEOUT_MS,
    maxBuffer: 16 * 1024 * 1024,
  });
}
