import type { Logger } from "pino";
import type { Fanout } from "./fanout.js";

/** Rings from one part of a process to another. */
export function createInProcessFanout({ logger }: { logger: Logger }): Fanout {
  const listeners = new Set<(sequence: bigint) => void>();
  let isOpen = true;
  return {
    async ring(sequence) {
      for (const listener of [...listeners]) {
        try {
          listener(sequence);
        } catch (err) {
          logger.error({ err }, "a listener of the fanout failed");
        }
      }
    },
    async listen(listener) {
      const own = (sequence: bigint) => listener(sequence); // the same function may listen twice
      listeners.add(own);
      return async () => {
        listeners.delete(own);
      };
    },
    isReady: () => isOpen,
    async close() {
      isOpen = false;
      listeners.clear();
    },
  };
}
