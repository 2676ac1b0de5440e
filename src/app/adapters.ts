import type { Logger } from "pino";
import type { ReplicaLag } from "../api/dependencies.js";
import type { Config } from "../config/config.js";
import type { Fanout } from "../fanout/fanout.js";
import type { Database } from "../postgres/database.js";
import type { TaskQueue } from "../queue/queue.js";
import type { Metrics } from "../telemetry/metrics/metrics.js";

/** What a profile supplies. Nothing below the composition root knows which one it was. */
export interface Adapters {
  readonly database: Database;
  readonly queue: TaskQueue;
  readonly fanout: Fanout;
  /** Of the broker; null where that is this process, or away. */
  readonly brokerVersion: () => string | null;
  /** As last looked at; empty where there is none. */
  readonly replicas: () => readonly ReplicaLag[];
  /** Closes them, what depends on others first. */
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Aborted when the process is told to end while it still waits for PostgreSQL or RabbitMQ. */
  readonly signal: AbortSignal;
  /** Something that cannot come back is gone: the process can only end, with this as its last line. */
  readonly onLost: (error: Error) => void;
}

/** Undoes what has been opened, last first, each whatever becomes of the others. */
export class Closing {
  readonly #steps: { name: string; close: () => Promise<unknown> }[] = [];
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(name: string, close: () => Promise<unknown>): void {
    this.#steps.push({ name, close });
  }

  async run(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      const { name, close } = step;
      await close().catch((err: unknown) =>
        this.#logger.warn({ err, name }, "did not close cleanly"),
      );
    }
  }
}
