import { LRUCache } from "lru-cache";

/** At one a second this is an hour and a half; each takes some hundred bytes. */
const SEEN_MAX = 5_000;
/** Longer ones are none of GitHub's; so nobody makes us keep them. */
const DELIVERY_CHARS_MAX = 100;

export interface Delivery {
  /** By GitHub's header, which nobody signs. */
  readonly id: unknown;
  /** Of the body, by the secret: as good as the body itself. */
  readonly signature: string;
}

/** What this process has rung for, the last few thousand. */
export interface SeenDeliveries {
  /**
   * Notes it, if nobody has brought it yet. False: known by its id, or by its body under whatever id,
   * since whoever has caught a signed body can make up any number of ids for it.
   */
  isFirst(delivery: Delivery): boolean;
  /** It came to nothing: brought again it is the first. */
  forget(delivery: Delivery): void;
}

export function createSeenDeliveries(): SeenDeliveries {
  const seen = new LRUCache<string, true>({ max: 2 * SEEN_MAX });
  return {
    isFirst(delivery) {
      const keys = keysOf(delivery);
      if (keys.some((key) => seen.has(key))) return false;
      for (const key of keys) seen.set(key, true);
      return true;
    },
    forget(delivery) {
      for (const key of keysOf(delivery)) seen.delete(key);
    },
  };
}

function keysOf({ id, signature }: Delivery): string[] {
  const isKept = typeof id === "string" && id !== "" && id.length <= DELIVERY_CHARS_MAX;
  return isKept ? [signature, `id ${id}`] : [signature];
}
