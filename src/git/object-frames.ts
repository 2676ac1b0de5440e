/** One object of the output of `git cat-file --batch`, or the news that there is none of the name asked for. */
export interface GitObject {
  readonly oid: string;
  readonly type: string;
  readonly size: number;
  /** Null where it is larger than may be held. */
  readonly content: Buffer | null;
}

interface Begun extends Omit<GitObject, "content"> {
  /** Of its bytes, with the line end after them, that have not come. */
  left: number;
  /** Null: they are passed over. */
  readonly chunks: Buffer[] | null;
}

const LINE_END = 10;
const HEADER = /^([\da-f]{40,64}) (\w+) (\d+)$/;

/** Takes the output apart, whatever the pieces in which it comes. Holds one unfinished object at most. */
export class ObjectFrames {
  #header: Buffer[] = [];
  #begun: Begun | null = null;

  constructor(private readonly bytesMax = Number.POSITIVE_INFINITY) {}

  /** Whether what has come so far ends with an object. */
  get isBetween(): boolean {
    return this.#begun === null && this.#header.length === 0;
  }

  /** What is complete with this piece, in its order; null for a name without an object. */
  *push(chunk: Buffer): Generator<GitObject | null, void, undefined> {
    for (let at = 0; at < chunk.length; ) {
      if (this.#begun === null) {
        const end = chunk.indexOf(LINE_END, at);
        this.#header.push(chunk.subarray(at, end < 0 ? chunk.length : end));
        if (end < 0) return;
        at = end + 1;
        this.#begun = this.#begin();
        if (this.#begun === null) yield null; // "<name> missing" or "<name> ambiguous"
        continue;
      }
      const begun = this.#begun;
      const end = Math.min(chunk.length, at + begun.left);
      begun.chunks?.push(chunk.subarray(at, end));
      begun.left -= end - at;
      at = end;
      if (begun.left > 0) return;
      this.#begun = null;
      yield finished(begun);
    }
  }

  #begin(): Begun | null {
    const line = joined(this.#header).toString("latin1");
    this.#header = [];
    const [, oid, type, digits] = HEADER.exec(line) ?? [];
    if (oid === undefined || type === undefined) return null;
    const size = Number(digits);
    return { oid, type, size, left: size + 1, chunks: size > this.bytesMax ? null : [] };
  }
}

function finished({ oid, type, size, chunks }: Begun): GitObject {
  return { oid, type, size, content: chunks && joined(chunks).subarray(0, size) };
}

function joined(chunks: readonly Buffer[]): Buffer {
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks);
}
