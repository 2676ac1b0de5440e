import { TrackerError } from "../../domain/errors.js";

const COME_BACK_MS = 10_000;

/** Operations that wait for something, each holding a request open: no more of them at once than this. */
export interface WaitingRoom {
  /** Rejects with `RATE_LIMITED` when it is full. */
  enter<T>(wait: () => Promise<T>): Promise<T>;
}

export function createWaitingRoom(places: number): WaitingRoom {
  let taken = 0;
  return {
    async enter(wait) {
      if (taken >= places) {
        const message = `${places} calls are waiting here already; try again later.`;
        const retryAt = new Date(Date.now() + COME_BACK_MS);
        throw new TrackerError("RATE_LIMITED", message, { retryAt });
      }
      taken += 1;
      try {
        return await wait();
      } finally {
        taken -= 1;
      }
    },
  };
}
