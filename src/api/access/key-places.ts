import type { Caller } from "./key-ring.js";

/** Of all places, what the holders of one key may take together: the rest is for others. */
const SHARE = 0.5;

/** Places of a kind in this process, such as open streams. */
export interface KeyPlaces {
  /** A function to give it back with, once; null: none is free for this caller. */
  take(caller: Caller): (() => void) | null;
}

/** Where no key is needed there are no others to leave places for. */
export function createKeyPlaces(places: number): KeyPlaces {
  const takenBy = new Map<number, number>();
  let taken = 0;
  return {
    take({ keyId }) {
      const own = keyId === null ? 0 : (takenBy.get(keyId) ?? 0);
      if (taken >= places || (keyId !== null && own >= Math.max(1, places * SHARE))) return null;
      taken += 1;
      if (keyId !== null) takenBy.set(keyId, own + 1);
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        taken -= 1;
        if (keyId === null) return;
        const left = (takenBy.get(keyId) ?? 1) - 1;
        if (left === 0) takenBy.delete(keyId);
        else takenBy.set(keyId, left);
      };
    },
  };
}
