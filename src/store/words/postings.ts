/** A word, and in which places of a segment it stands, ascending. */
export type Posting = readonly [word: bigint, places: readonly number[]];

/**
 * Some words next to each other in the order of their hashes, as they are stored: their places one after
 * the other, and where those of each end. A word that stands in many places has a row of its own, with a
 * bit for each place of the segment.
 */
export interface PostingRow {
  readonly words: readonly bigint[];
  readonly ends: readonly number[];
  readonly places: readonly number[];
  readonly bits: Buffer | null;
}

/** A place costs two bytes in a list, and an eighth of one as a bit. */
const PLACES_A_BIT_MAX = 16;
/** Below what PostgreSQL stores beside the table. */
const ROW_BYTES_MAX = 1_600;
const BYTES_A_WORD = 10;
const BYTES_A_PLACE = 2;

/** Of words in their order. */
export function* toRows(postings: Iterable<Posting>, segmentSize: number): Generator<PostingRow> {
  let row = { words: [] as bigint[], ends: [] as number[], places: [] as number[], bits: null };
  for (const [word, places] of postings) {
    const isMany = places.length * PLACES_A_BIT_MAX > segmentSize;
    const wordsBytes = (row.words.length + 1) * BYTES_A_WORD;
    const bytes = wordsBytes + (row.places.length + places.length) * BYTES_A_PLACE;
    if (row.words.length > 0 && (isMany || bytes > ROW_BYTES_MAX)) {
      yield row;
      row = { words: [], ends: [], places: [], bits: null };
    }
    if (isMany) {
      yield { words: [word], ends: [], places: [], bits: toBits(places, segmentSize) };
      continue;
    }
    row.words.push(word);
    for (const place of places) row.places.push(place);
    row.ends.push(row.places.length);
  }
  if (row.words.length > 0) yield row;
}

export function placesIn({ words, ends, places, bits }: PostingRow): Posting[] {
  return words.map((word, index) => {
    if (bits !== null) return [word, fromBits(bits)];
    return [word, places.slice(index === 0 ? 0 : ends[index - 1], ends[index])];
  });
}

function toBits(places: readonly number[], size: number): Buffer {
  const bits = Buffer.alloc(Math.ceil(size / 8));
  for (const place of places) bits[place >> 3] = (bits[place >> 3] ?? 0) | (1 << (place & 7));
  return bits;
}

function fromBits(bits: Buffer): number[] {
  const found: number[] = [];
  for (const [index, byte] of bits.entries()) {
    for (let bit = 0; bit < 8; bit += 1) if (byte & (1 << bit)) found.push(index * 8 + bit);
  }
  return found;
}
