const FIRST_LENGTH = 1_024;

/**
 * The places of each word, in arrays of numbers: lists of their own took several times the memory, and
 * the collector's time.
 */
export class PostingLists {
  readonly #slots = new Map<string | bigint, number>();
  /** By slot, its last posting. */
  #last = new Int32Array(FIRST_LENGTH);
  /** By posting, its place and the posting before it of the same word. */
  #places = new Int32Array(FIRST_LENGTH);
  #before = new Int32Array(FIRST_LENGTH);
  #count = 0;

  get wordCount(): number {
    return this.#slots.size;
  }
  get placeCount(): number {
    return this.#count;
  }

  /** Places ascend. */
  add(word: string | bigint, place: number): void {
    const known = this.#slots.get(word);
    const before = known === undefined ? -1 : (this.#last[known] ?? -1);
    if (before !== -1 && this.#places[before] === place) return;
    const slot = known ?? this.#newSlot(word);
    if (this.#count === this.#places.length) {
      this.#places = longer(this.#places);
      this.#before = longer(this.#before);
    }
    this.#places[this.#count] = place;
    this.#before[this.#count] = before;
    this.#last[slot] = this.#count;
    this.#count += 1;
  }

  /** Each word with its places, ascending, in the order of what `hashOf` gives; those of one hash together. */
  *byHash(hashOf: (word: string | bigint) => bigint): Generator<readonly [bigint, number[]]> {
    const hashes = BigUint64Array.from(this.#slots.keys(), hashOf);
    const keys = Float64Array.from(hashes, Number); // compared without making anything
    const slots = Uint32Array.from(hashes.keys()).sort((a, b) => {
      const [left = 0, right = 0] = [keys[a], keys[b]];
      return left - right || ((hashes[a] ?? 0n) < (hashes[b] ?? 0n) ? -1 : 1);
    });
    let waiting: readonly [bigint, number[]] | null = null;
    for (const slot of slots) {
      const hash = hashes[slot] ?? 0n;
      const places = this.#placesOf(slot);
      if (waiting?.[0] === hash) {
        waiting = [hash, [...new Set([...waiting[1], ...places])].sort((a, b) => a - b)];
        continue;
      }
      if (waiting !== null) yield waiting;
      waiting = [hash, places];
    }
    if (waiting !== null) yield waiting;
  }

  #placesOf(slot: number): number[] {
    const places: number[] = [];
    let posting = this.#last[slot] ?? -1;
    while (posting !== -1) {
      places.push(this.#places[posting] ?? 0);
      posting = this.#before[posting] ?? -1;
    }
    return places.reverse();
  }

  #newSlot(word: string | bigint): number {
    const slot = this.#slots.size;
    this.#slots.set(word, slot);
    if (slot === this.#last.length) this.#last = longer(this.#last);
    return slot;
  }
}

function longer(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const twice = new Int32Array(2 * numbers.length);
  twice.set(numbers);
  return twice;
}
