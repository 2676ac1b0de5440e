/** Who has connected and not said who it is: of one address, and together. */
const OF_ADDRESS_MAX = 250;
const STRANGERS_MAX = 1_000;
/** One that has been silent for so long makes room for the next; clients say it within a round trip. */
const SILENT_MS = 2_000;

export interface StrangerLimits {
  readonly ofAddressMax?: number | undefined;
  readonly strangersMax?: number | undefined;
  readonly silentMs?: number | undefined;
}

interface Stranger {
  readonly address: string;
  readonly since: number;
  readonly sendAway: () => void;
}

/** Keeps those who only connect from taking the places of those who ask. */
export interface Strangers {
  /** A function to call once it is no stranger any more, or gone. Null: there is no room. */
  admit(address: string, sendAway: () => void): (() => void) | null;
}

export function createStrangers({
  ofAddressMax = OF_ADDRESS_MAX,
  strangersMax = STRANGERS_MAX,
  silentMs = SILENT_MS,
}: StrangerLimits = {}): Strangers {
  // In the order in which they came.
  const all = new Set<Stranger>();
  const byAddress = new Map<string, Set<Stranger>>();

  function remove(stranger: Stranger): void {
    all.delete(stranger);
    const others = byAddress.get(stranger.address);
    others?.delete(stranger);
    if (others?.size === 0) byAddress.delete(stranger.address);
  }

  function makeRoom(strangers: ReadonlySet<Stranger>, max: number): boolean {
    if (strangers.size < max) return true;
    const [oldest] = strangers;
    if (oldest === undefined || performance.now() - oldest.since < silentMs) return false;
    remove(oldest);
    oldest.sendAway();
    return true;
  }

  return {
    admit(address, sendAway) {
      const neighbours = byAddress.get(address) ?? new Set();
      if (!makeRoom(neighbours, ofAddressMax) || !makeRoom(all, strangersMax)) return null;
      const stranger = { address, since: performance.now(), sendAway };
      all.add(stranger);
      byAddress.set(address, neighbours.add(stranger));
      return () => remove(stranger);
    },
  };
}
