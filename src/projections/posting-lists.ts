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

  words(): Iterable<string | bigint> {
    return this.#slots.keys();
  }

  /** Where any of these stands, ascending. */
  placesOf([word, ...others]: readonly (string | bigint)[]): number[] {
    const places = word === undefined ? [] : this.#placesOf(word);
    if (others.length === 0) return places;
    return [...new Set([...places, ...this.placesOf(others)])].sort((a, b) => a - b);
  }

  #placesOf(word: string | bigint): number[] {
    const places: number[] = [];
    const slot = this.#slots.get(word);
    let posting = slot === undefined ? -1 : (this.#last[slot] ?? -1);
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
