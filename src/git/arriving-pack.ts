import { statfs } from "node:fs/promises";
import { gitFailure } from "./git-failure.js";
import type { GitLimits } from "./git-limits.js";

/** `PACK`, a version, the number of objects. https://git-scm.com/docs/gitformat-pack */
const HEADER_BYTES = 12;
const VERSIONS = new Set([2, 3]);
/** How often the disk is looked at. */
const LOOK_EACH_BYTES = 64 * 1_024 * 1_024;

/** A pack on its way: what it says of itself, and whether it may be kept. */
export class ArrivingPack {
  #header: Buffer = Buffer.alloc(0);
  #bytes = 0;

  constructor(
    private readonly folder: string,
    private readonly limits: Pick<GitLimits, "packBytesMax" | "freeBytesMin">,
  ) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** Of its objects, once it has begun to come. */
  get count(): number {
    return this.#header.readUInt32BE(8);
  }

  /** Hands the pack on, and breaks off when it is more than may be. */
  async *pass(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    let lookAt = 0;
    for await (const piece of pieces) {
      if (this.#bytes < HEADER_BYTES) this.#readHeader(piece);
      this.#bytes += piece.length;
      if (this.#bytes > this.limits.packBytesMax) throw tooLarge(this.limits.packBytesMax);
      if (this.#bytes >= lookAt) {
        await requireRoom(this.folder, this.limits.freeBytesMin);
        lookAt = this.#bytes + LOOK_EACH_BYTES;
      }
      yield piece;
    }
    if (this.#bytes < HEADER_BYTES) throw noPack();
  }

  #readHeader(piece: Buffer): void {
    const missing = HEADER_BYTES - this.#header.length;
    this.#header = Buffer.concat([this.#header, piece.subarray(0, missing)]);
    if (this.#header.length < HEADER_BYTES) return;
    const isPack = this.#header.toString("latin1", 0, 4) === "PACK";
    if (!isPack || !VERSIONS.has(this.#header.readUInt32BE(4))) throw noPack();
  }
}

async function requireRoom(folder: string, freeBytesMin: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= freeBytesMin) return;
  throw gitFailure("no-disk", `Less than ${freeBytesMin} bytes are free in ${folder}.`);
}

function tooLarge(bytesMax: number) {
  return gitFailure("too-large", `The history has more than ${bytesMax} bytes.`);
}

function noPack() {
  return gitFailure("malformed", "GitHub's answer holds no pack.");
}
