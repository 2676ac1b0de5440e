import type { Transaction } from "../postgres/database.js";
import { wordHash } from "../store/words/word-hash.js";
import { insertSegment, type WordEvent } from "../store/words/word-store.js";
import { PostingLists } from "./posting-lists.js";

/** A word costs as much memory as so many places. */
const PLACES_A_WORD = 4;

/** A segment of words while it is put together. */
export class SegmentBuilder {
  readonly #events: WordEvent[] = [];
  readonly #lists = new PostingLists();
  #start = 0;
  #size = 0;

  /** About what it takes in memory. */
  get weight(): number {
    return this.#lists.placeCount + PLACES_A_WORD * this.#lists.wordCount;
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

  /** A word, or by what it is stored. Places ascend. */
  add(word: string | bigint, place: number): void {
    this.#lists.add(word, place);
  }

  async write(tx: Transaction): Promise<void> {
    if (this.#size === 0) return;
    const { weight } = this;
    const postings = this.#lists.byHash((word) =>
      typeof word === "string" ? wordHash(word) : word,
    );
    const events = this.#events.map((event, index): WordEvent => {
      const end = this.#events[index + 1]?.start ?? this.#size;
      return { ...event, size: end - event.start };
    });
    await insertSegment(tx, { commitCount: this.#size, weight }, events, postings);
  }
}
