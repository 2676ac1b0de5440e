import { TrackerError } from "../../domain/errors.js";

const COME_BACK_MS = 10_000;
const COMMITS_AWAITED_MAX = 1_000;
const LISTINGS_AWAITED_MAX = 100;

/** Those of one process. */
export interface WaitingRooms {
  readonly awaitCommit: WaitingRoom;
  readonly addOwner: WaitingRoom;
}

export function createWaitingRooms(): WaitingRooms {
  return {
    awaitCommit: createWaitingRoom(COMMITS_AWAITED_MAX),
    addOwner: createWaitingRoom(LISTINGS_AWAITED_MAX),
  };
}

/** Operations that wait for something, each holding a request open: no more of them at once than this. */
export interface WaitingRoom {
  /** Rejects with `RATE_LIMITED` when it is full. */
  enter<T>(wait: () => Promise<T>): Promise<T>;
}

function createWaitingRoom(places: number): WaitingRoom {
  let taken = 0;
  return {
    async enter(wait) {
      if (taken >= places) {
        const message = `${places} calls are waiting here already; try again later.`;
        const retryAt = new Date(Date.now() + COME_BACK_MS);
        throw new TrackerError("RATE_LIMITED", message, { retryAt, limitHit: "waiting" });
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
