import { gitFailure } from "./git-failure.js";

/** https://git-scm.com/docs/protocol-common#_pkt_line_format */
export type Packet = Buffer | "flush" | "delimiter" | "end";

const LENGTH_DIGITS = 4;
const PACKET_BYTES_MAX = 65_520;
const SPECIAL: ReadonlyMap<number, Packet> = new Map([
  [0, "flush"],
  [1, "delimiter"],
  [2, "end"],
]);

export const FLUSH = "0000";
export const DELIMITER = "0001";

/** Text as a packet: its length, these four digits included, then itself. */
export function packet(text: string): string {
  const length = Buffer.byteLength(text) + LENGTH_DIGITS;
  return length.toString(16).padStart(LENGTH_DIGITS, "0") + text;
}

/** Takes packets from a stream, whatever the pieces in which it comes. */
export class PacketReader {
  #rest: Buffer = Buffer.alloc(0);

  /** Whether what has come so far ends with a packet. */
  get isBetween(): boolean {
    return this.#rest.length === 0;
  }

  /** What is complete with this piece, in its order. Throws where no packet can be. */
  *push(chunk: Uint8Array): Generator<Packet, void, undefined> {
    const piece = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const data = this.isBetween ? piece : Buffer.concat([this.#rest, piece]);
    let at = 0;
    while (data.length - at >= LENGTH_DIGITS) {
      const digits = data.toString("latin1", at, at + LENGTH_DIGITS);
      const length = /^[\da-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
      const special = SPECIAL.get(length);
      if (special === undefined && !(length >= LENGTH_DIGITS && length <= PACKET_BYTES_MAX)) {
        throw gitFailure("malformed", "GitHub's answer is no answer of the git protocol.");
      }
      const size = special === undefined ? length : LENGTH_DIGITS;
      if (data.length - at < size) break;
      yield special ?? data.subarray(at + LENGTH_DIGITS, at + size);
      at += size;
    }
    this.#rest = data.subarray(at);
  }
}
