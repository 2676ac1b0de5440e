import { wordsOf } from "../domain/words.js";
import type { Transaction } from "../postgres/database.js";
import {
  type MessagePlace,
  POSITION_MAX,
  readMessages,
  WORDS_PROJECTION,
} from "../store/words/messages.js";
import { repositoryWord } from "../store/words/word-hash.js";
import {
  deleteAllWords,
  deleteSegments,
  findHollowSegment,
  findSegments,
  readEvents,
  readPostings,
} from "../store/words/word-store.js";
import type { FeedStretch, Projection } from "./projection.js";
import { SegmentBuilder } from "./segment-builder.js";

/**
 * About the size of a segment. A search looks into each; a place has two bytes; and while one is filled,
 * in less than a second, nobody may delete what is.
 */
const SEGMENT_COMMITS = 16_384;
/** One that is heavier takes no more events: it has places of many words, and all are in memory. */
const WEIGHT_MAX = 2_000_000;
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
    await writeCommits(tx, stretch);
    for (const commitsBelow of SMALL) await mergeSmall(tx, commitsBelow);
  },
  /** Writes a segment anew without what is forgotten, once that is more than the rest. */
  async settle(tx) {
    const hollow = await findHollowSegment(tx);
    if (hollow === null) return false;
    await merge(tx, [hollow]);
    return true;
  },
  empty: deleteAllWords,
};

/** Reads the messages as they are now, in the order of the feed. */
async function writeCommits(tx: Transaction, { after, upTo }: FeedStretch): Promise<void> {
  let segment = new SegmentBuilder();
  let from: MessagePlace = { sequence: after, position: POSITION_MAX };
  for (;;) {
    const messages = await readMessages(tx, from, { upTo, limit: READ_COMMITS });
    for (const { sequence, eventId, repositoryId, position, message } of messages) {
      if (sequence !== from.sequence) {
        if (segment.weight > WEIGHT_MAX) {
          await segment.write(tx);
          segment = new SegmentBuilder();
        }
        segment.beginEvent(eventId, repositoryId);
      }
      from = { sequence, position };
      const place = segment.placeOf(position);
      segment.add(repositoryWord(repositoryId), place);
      for (const word of wordsOf(message)) segment.add(word, place);
    }
    if (messages.length < READ_COMMITS) break;
  }
  await segment.write(tx);
}

async function mergeSmall(tx: Transaction, commitsBelow: number): Promise<void> {
  const weightMax = WEIGHT_MAX / MERGED;
  const small = await findSegments(tx, { commitsBelow, weightMax, limit: MERGED });
  if (small.length === MERGED) await merge(tx, small);
}

async function merge(tx: Transaction, segments: readonly number[]): Promise<void> {
  const merged = new SegmentBuilder();
  for (const segment of segments) await addSegment(tx, segment, merged);
  await deleteSegments(tx, segments);
  await merged.write(tx);
}

/** With those of its events of which something is stored. */
async function addSegment(tx: Transaction, id: number, merged: SegmentBuilder): Promise<void> {
  const events = await readEvents(tx, id);
  const placesOf = new Map<number, number>();
  for (const { eventId, repositoryId, start, size } of events) {
    merged.beginEvent(eventId, repositoryId);
    for (let place = start; place < start + size; place += 1) {
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
