import { TrackerError } from "../../domain/errors.js";

const WAITING_MAX = 100;
/** As long as one read may take: whoever waits longer is behind several that do. */
const WAIT_MS_MAX = 10_000;
const COME_BACK_MS = 5_000;

/**
 * For reads that hold a connection for long: so many at once in this process, however many are asked for,
 * and a short queue in which the others wait, first come, first served.
 */
export interface ReadingPlaces {
  /** Rejects with `RATE_LIMITED` when the queue is full, or no place has come free in ten seconds. */
  enter<T>(read: () => Promise<T>): Promise<T>;
}

export function createReadingPlaces(
  places: number,
  { waitingMax = WAITING_MAX, waitMsMax = WAIT_MS_MAX } = {},
): ReadingPlaces {
  let free = places;
  const waiting = new Set<() => void>();

  function wait(): Promise<void> {
    if (waiting.size >= waitingMax) return Promise.reject(tooMany(places));
    return new Promise((resolve, reject) => {
      const take = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(take);
        reject(tooMany(places));
      }, waitMsMax);
      waiting.add(take);
    });
  }

  /** Handed on, where somebody waits: it is never free in between. */
  function leave(): void {
    const [next] = waiting;
    if (next === undefined) {
      free += 1;
      return;
    }
    waiting.delete(next);
    next();
  }

  return {
    async enter(read) {
      if (free > 0) free -= 1;
      else await wait();
      try {
        return await read();
      } finally {
        leave();
      }
    },
  };
}

function tooMany(places: number): TrackerError {
  const message = `Commits are being counted for others; here that is done for ${places} at once. Try again in a moment, or ask for less.`;
  const retryAt = new Date(Date.now() + COME_BACK_MS);
  return new TrackerError("RATE_LIMITED", message, { retryAt, limitHit: "counting" });
}
