import type { Finding } from "../../cli/finding.js";
import { inspectBroker } from "../../rabbitmq/inspect-broker.js";
import { placeOf, reasonOf } from "./reason.js";

/** The first with quorum queues that hand dead tasks on at least once. */
const VERSION_MIN = { major: 3, minor: 10 };

export async function* brokerFindings({
  rabbitmqUrl,
}: {
  rabbitmqUrl: string;
}): AsyncGenerator<Finding, void, undefined> {
  const subject = "broker";
  const place = placeOf(rabbitmqUrl);
  try {
    const { product, version } = await inspectBroker(rabbitmqUrl);
    const message = `${product} ${version} at ${place}`;
    const [major = 0, minor = 0] = version.split(".").map(Number);
    const isNew =
      major > VERSION_MIN.major || (major === VERSION_MIN.major && minor >= VERSION_MIN.minor);
    if (isNew) return yield { level: "ok", subject, message };
    yield { level: "FAIL", subject, message, remedy: "It must be RabbitMQ 3.10 or newer." };
  } catch (error) {
    const message = `${place} does not answer: ${reasonOf(error, rabbitmqUrl)}`;
    yield {
      level: "FAIL",
      subject,
      message,
      remedy: "Check that it runs and that RABBITMQ_URL is right.",
    };
  }
}
