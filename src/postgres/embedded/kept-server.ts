import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { Logger } from "pino";
import { TrackerError } from "../../domain/errors.js";
import { type ServerPlace, startServer, stopServer, tryConnect } from "./server.js";

/** Of the first start, whose failure somebody waits to see. */
const FIRST_TRIES_MAX = 4;
const TRIES_MAX = 8;
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5_000;
/** Having run for so long, it was well: its next end is counted anew. */
const WELL_MS_MIN = 60_000;
/** It goes through all that was written since its last checkpoint. */
const BUSY_MS_MAX = 10 * 60_000;

export interface KeptServerOptions {
  readonly place: ServerPlace;
  readonly logger: Logger;
  /** It is gone and cannot be started again. */
  readonly onLost: (error: TrackerError) => void;
}

/**
 * A server that is started again, under the same address, when it ends without having been told to: a
 * session with it tells. What it had committed is there again; who asks meanwhile fails and asks again.
 */
export class KeptServer {
  readonly #options: KeptServerOptions;
  readonly #stopping = new AbortController();
  #session: pg.Client | null = null;
  #healing: Promise<void> = Promise.resolve();
  #triesLeft = FIRST_TRIES_MAX;

  constructor(options: KeptServerOptions) {
    this.#options = options;
  }

  /** Takes over the one that runs there, else starts one. */
  async start(): Promise<void> {
    this.#keep(await this.#reach());
    this.#triesLeft = TRIES_MAX;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#healing;
    if (this.#session !== null) await stopServer(this.#options.place.dataDir, this.#session);
  }

  #keep(session: pg.Client): void {
    this.#session = session;
    const since = Date.now();
    session.once("end", () => {
      this.#session = null;
      if (this.#stopping.signal.aborted) return;
      if (Date.now() - since > WELL_MS_MIN) this.#triesLeft = TRIES_MAX;
      this.#healing = this.#heal();
    });
  }

  async #heal(): Promise<void> {
    const { place, logger, onLost } = this.#options;
    logger.warn("embedded postgresql went away");
    try {
      this.#keep(await this.#reach());
      logger.info("embedded postgresql is back");
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      const message = `The embedded database in ${place.dataDir} went away and could not be started again. ${reasonOf(error)}`;
      onLost(new TrackerError("DATABASE_UNAVAILABLE", message, {}, { cause: error }));
    }
  }

  /** A server that was killed may leave processes behind that keep a new one out until they have ended. */
  async #reach(): Promise<pg.Client> {
    const { place, logger } = this.#options;
    const { signal } = this.#stopping;
    const deadline = Date.now() + BUSY_MS_MAX;
    for (let retryMs = RETRY_MS_MIN; ; retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)) {
      const running = await tryConnect(place);
      if (running !== null && running !== "busy") return running;
      if (running === "busy" && Date.now() > deadline) throw new Error("It takes no connections.");
      try {
        if (running === null) return await this.#startOnce();
      } catch (error) {
        if (signal.aborted || this.#triesLeft <= 0) throw error;
        logger.warn({ reason: reasonOf(error), retryMs }, "embedded postgresql does not start");
      }
      await delay(retryMs, undefined, { signal });
    }
  }

  async #startOnce(): Promise<pg.Client> {
    this.#triesLeft -= 1;
    return await startServer(this.#options.place, this.#stopping.signal);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
