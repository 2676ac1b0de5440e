import { wordsOf } from "../domain/words.js";
import type { Transaction } from "../postgres/database.js";
import {
  type MessagePlace,
  POSITION_MAX,
  readMessages,
  WORDS_PROJECTION,
} from "../store/words/messages.js";
import { repositoryWord, wordHash } from "../store/words/word-hash.js";
import {
  deleteAllWords,
  deleteSegments,
  findEmptySegments,
  findSegments,
  insertSegment,
  readEvents,
  readPostings,
  type Segment,
  type WordEvent,
} from "../store/words/word-store.js";
import type { FeedStretch, Projection } from "./projection.js";

/**
 * About the size of a segment. A search looks into each; a place has two bytes; and while one is filled,
 * in less than a second, nobody may delete what is.
 */
const SEGMENT_COMMITS = 16_384;
/** Messages in memory at once. */
const READ_COMMITS = 1_000;
/** Segments smaller than each of these are merged as soon as there are so many. */
const SMALL = [8, 64, 512, 2_048];
const MERGED = 8;

/**
 * The words of all messages: an inverted index in segments, each written once, as search engines have
 * them (docs/decisions/0012). What comes in few commits at a time makes small segments, which are merged:
 * a word is written once more for each of `SMALL`.
 */
export const WORDS: Projection = {
  name: WORDS_PROJECTION,
  commitsMax: SEGMENT_COMMITS,
  async fill(tx, stretch) {
    const segment = new SegmentBuilder();
    await addCommits(tx, stretch, segment);
    await segment.write(tx);
    await deleteSegments(tx, await findEmptySegments(tx));
    for (const commitsBelow of SMALL) await mergeSmall(tx, commitsBelow);
  },
  empty: deleteAllWords,
};

/** Reads the messages as they are now, in the order of the feed. */
async function addCommits(
  tx: Transaction,
  { after, upTo }: FeedStretch,
  segment: SegmentBuilder,
): Promise<void> {
  const hashes = new Map<string, bigint>();
  const hashOf = (word: string) => {
    const hash = hashes.get(word) ?? wordHash(word);
    hashes.set(word, hash);
    return hash;
  };
  let from: MessagePlace = { sequence: after, position: POSITION_MAX };
  for (;;) {
    const messages = await readMessages(tx, from, { upTo, limit: READ_COMMITS });
    for (const { sequence, eventId, repositoryId, position, message } of messages) {
      if (sequence !== from.sequence) segment.beginEvent(eventId, repositoryId);
      from = { sequence, position };
      const place = segment.placeOf(position);
      segment.add(repositoryWord(repositoryId), place);
      for (const word of wordsOf(message)) segment.add(hashOf(word), place);
    }
    if (messages.length < READ_COMMITS) return;
  }
}

async function mergeSmall(tx: Transaction, commitsBelow: number): Promise<void> {
  const small = await findSegments(tx, { commitsBelow, limit: MERGED });
  if (small.length < MERGED) return;
  const merged = new SegmentBuilder();
  for (const segment of small) await addSegment(tx, segment, merged);
  await deleteSegments(
    tx,
    small.map(({ id }) => id),
  );
  await merged.write(tx);
}

/** With those of its events of which something is stored. */
async function addSegment(
  tx: Transaction,
  { id, commitCount }: Segment,
  merged: SegmentBuilder,
): Promise<void> {
  const events = await readEvents(tx, id);
  const placesOf = new Map<number, number>();
  for (const [index, { eventId, repositoryId, start }] of events.entries()) {
    const end = events[index + 1]?.start ?? commitCount;
    merged.beginEvent(eventId, repositoryId);
    for (let place = start; place < end; place += 1) {
      placesOf.set(place, merged.placeOf(place - start));
    }
  }
  for (const [word, places] of await readPostings(tx, id)) {
    for (const old of places) {
      const place = placesOf.get(old);
      if (place !== undefined) merged.add(word, place);
    }
  }
}

class SegmentBuilder {
  readonly #events: WordEvent[] = [];
  readonly #postings = new Map<bigint, number[]>();
  #start = 0;
  #size = 0;

  beginEvent(eventId: bigint, repositoryId: number): void {
    this.#start = this.#size;
    this.#events.push({ eventId, repositoryId, start: this.#start });
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
    if (places === undefined) this.#postings.set(word, [place]);
    else if (places.at(-1) !== place) places.push(place);
  }

  async write(tx: Transaction): Promise<void> {
    if (this.#size > 0) await insertSegment(tx, this.#size, this.#events, this.#postings);
  }
}
