import pg from "pg";
import { BoundedClient } from "./bounded-client.js";

/** Asks a server whether it is well. */
export interface Probe {
  /** Resolves or rejects within the time that the probe has, whatever becomes of the server. */
  ask<Row extends object>(text: string): Promise<Row[]>;
  close(): Promise<void>;
}

/** A connection of its own, so that a server busy with queries does not look dead. */
export function openProbe(url: string, { withinMs }: { withinMs: number }): Probe {
  const bounds = { answerMs: withinMs, graceMs: 0 };
  class Client extends BoundedClient {
    constructor(config?: pg.ClientConfig) {
      super(config, bounds);
    }
  }
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    connectionTimeoutMillis: withinMs,
    idleTimeoutMillis: 0,
    allowExitOnIdle: true,
    Client: Client as unknown as new () => pg.ClientBase,
  });
  pool.on("error", () => {}); // the next question meets it
  let ended: Promise<void> | undefined;
  return {
    async ask<Row extends object>(text: string) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error("no answer in time")), withinMs);
      });
      try {
        return (await Promise.race([pool.query<Row>(text), late])).rows;
      } finally {
        clearTimeout(timer);
      }
    },
    close() {
      ended ??= pool.end();
      return ended;
    },
  };
}
