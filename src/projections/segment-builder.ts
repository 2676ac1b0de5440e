import type { Transaction } from "../postgres/database.js";
import { insertSegment, type WordEvent } from "../store/words/word-store.js";

/** A word costs as much memory as so many places. */
const PLACES_A_WORD = 4;

/** A segment of words while it is put together. */
export class SegmentBuilder {
  readonly #events: WordEvent[] = [];
  readonly #postings = new Map<bigint, number[]>();
  #start = 0;
  #size = 0;
  #placeCount = 0;

  /** About what it takes in memory. */
  get weight(): number {
    return this.#placeCount + PLACES_A_WORD * this.#postings.size;
  }

  beginEvent(eventId: bigint, repositoryId: number): void {
    this.#start = this.#size;
    this.#events.push({ eventId, repositoryId, start: this.#start, size: 0 });
  }

  /** Of a position in the event. */
  placeOf(position: number): number {
    const place = this.#start + position;
    this.#size = Math.max(this.#size, place + 1);
    return place;
  }

  /** Places ascend. */
  add(word: bigint, place: number): void {
    const places = this.#postings.get(word);
    if (places?.at(-1) === place) return;
    if (places === undefined) this.#postings.set(word, [place]);
    else places.push(place);
    this.#placeCount += 1;
  }

  async write(tx: Transaction): Promise<void> {
    if (this.#size === 0) return;
    const { weight } = this;
    const events = this.#events.map((event, index): WordEvent => {
      const end = this.#events[index + 1]?.start ?? this.#size;
      return { ...event, size: end - event.start };
    });
    await insertSegment(tx, { commitCount: this.#size, weight }, events, this.#postings);
  }
}
