/**
 * Who is due when, in constant time: a ring of slots of 100 ms, each a chain of repositories.
 * Nothing can be due further ahead than the ring is long (fourteen hours).
 */
export class DueWheel {
  static readonly slotMs = 100;
  static readonly horizonMs = 2 ** 19 * DueWheel.slotMs;
  readonly #heads = new Int32Array(2 ** 19).fill(-1);
  readonly #next: Int32Array;

  constructor(repositoryCount: number) {
    this.#next = new Int32Array(repositoryCount).fill(-1);
  }

  /** `at` is above the slot taken last, and below it by less than the horizon. */
  put(repository: number, at: number): void {
    const slot = Math.round(at / DueWheel.slotMs) % this.#heads.length;
    this.#next[repository] = this.#heads[slot] ?? -1;
    this.#heads[slot] = repository;
  }

  /** Empties the slot of this time into `due`. */
  take(at: number, due: number[]): void {
    const slot = Math.round(at / DueWheel.slotMs) % this.#heads.length;
    let repository = this.#heads[slot] ?? -1;
    if (repository < 0) return;
    this.#heads[slot] = -1;
    while (repository >= 0) {
      due.push(repository);
      repository = this.#next[repository] ?? -1;
    }
  }
}
