/** In which places of a segment each word stands, ascending. */
export type Postings = ReadonlyMap<bigint, readonly number[]>;

/** As it is stored: a list of places, or for what stands in many a bit for each place of the segment. */
export interface PostingRow {
  readonly word: bigint;
  readonly places: readonly number[] | null;
  readonly bits: Buffer | null;
}

/** A place costs two bytes in a list, and an eighth of one as a bit. */
const PLACES_A_BIT_MAX = 16;

export function toRow(word: bigint, places: readonly number[], segmentSize: number): PostingRow {
  if (places.length * PLACES_A_BIT_MAX <= segmentSize) return { word, places, bits: null };
  const bits = Buffer.alloc(Math.ceil(segmentSize / 8));
  for (const place of places) bits[place >> 3] = (bits[place >> 3] ?? 0) | (1 << (place & 7));
  return { word, places: null, bits };
}

export function placesOf({ places, bits }: Omit<PostingRow, "word">): readonly number[] {
  if (bits === null) return places ?? [];
  const found: number[] = [];
  for (const [index, byte] of bits.entries()) {
    for (let bit = 0; bit < 8; bit += 1) if (byte & (1 << bit)) found.push(index * 8 + bit);
  }
  return found;
}
