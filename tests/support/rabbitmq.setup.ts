import type { TestProject } from "vitest/node";
import { installOnDebian } from "./debian-package.js";
import { answersAmqp, type BrokerControl, findRabbitmqServer, startBroker } from "./rabbitmq.js";

const LOCAL_URL = "amqp://guest:guest@127.0.0.1:5672";

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
  if (findRabbitmqServer() === null) await installOnDebian("rabbitmq-server");
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
