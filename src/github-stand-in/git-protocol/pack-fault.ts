import { createHash } from "node:crypto";
import { PacketReader, packet } from "../../git/pkt-line.js";

/** What is wrong with an answer of the git protocol. */
export type PackFault =
  /** Git's own server, without filters: it refuses the request. */
  | "no-filters"
  /** The filter is passed over: every file of every commit comes along. */
  | "ignored-filter"
  /** Ends in the middle of a packet, as if it were all. */
  | "truncated"
  /** All packets are there, and the pack in them ends in its middle. */
  | "short-pack"
  /** The pack says that it has one object more. */
  | "wrong-count"
  /** One bit of the pack was turned on its way. */
  | "wrong-bit"
  /** Every object is whole, and the hash over all is another one. */
  | "wrong-hash"
  /** Bytes between the packets that are none. */
  | "garbage"
  /** A packet of a band that there is not. */
  | "wrong-band"
  /** The server gives up in the middle, and says so. */
  | "fatal"
  /** An answer that the server did not mean: a page for people. */
  | "web-page";

const HEADER_BYTES = 12;
const HASH_BYTES = 20;
const PIECE_BYTES = 32_768;

/** A whole answer to a fetch, spoilt. */
export function spoil(answer: Buffer, fault: PackFault): Buffer {
  switch (fault) {
    case "no-filters":
    case "ignored-filter":
      return answer; // the server was another one
    case "truncated":
      return answer.subarray(0, answer.length >> 1);
    case "web-page":
      return Buffer.from("<!DOCTYPE html><title>GitHub</title>");
    case "garbage":
      return Buffer.concat([answerOf(halfOf(answer)).subarray(0, -4), Buffer.from("garbage!")]);
    case "wrong-band":
      return answerOf(halfOf(answer), framed(7, Buffer.from("?")));
    case "fatal":
      return answerOf(halfOf(answer), framed(3, Buffer.from("fatal: out of memory\n")));
    case "short-pack":
      return answerOf(halfOf(answer));
    default:
      return answerOf(changed(packIn(answer), fault));
  }
}

function changed(pack: Buffer, fault: "wrong-count" | "wrong-bit" | "wrong-hash"): Buffer {
  const copy = Buffer.from(pack);
  const end = copy.length - HASH_BYTES;
  if (fault === "wrong-hash") copy[end] = (copy[end] ?? 0) ^ 1;
  if (fault === "wrong-bit") {
    const middle = (HEADER_BYTES + end) >> 1;
    copy[middle] = (copy[middle] ?? 0) ^ 1;
  }
  if (fault === "wrong-count") {
    copy.writeUInt32BE(copy.readUInt32BE(8) + 1, 8);
    createHash("sha1").update(copy.subarray(0, end)).digest().copy(copy, end);
  }
  return copy;
}

function packIn(answer: Buffer): Buffer {
  const packets = [...new PacketReader().push(answer)];
  return Buffer.concat(
    packets.flatMap((each) => (each instanceof Buffer && each[0] === 1 ? [each.subarray(1)] : [])),
  );
}

function halfOf(answer: Buffer): Buffer {
  const pack = packIn(answer);
  return pack.subarray(0, pack.length >> 1);
}

function answerOf(pack: Buffer, ...more: readonly Buffer[]): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < pack.length; at += PIECE_BYTES) {
    pieces.push(framed(1, pack.subarray(at, at + PIECE_BYTES)));
  }
  return Buffer.concat([
    Buffer.from(packet("packfile\n")),
    ...pieces,
    ...more,
    Buffer.from("0000"),
  ]);
}

function framed(band: number, data: Buffer): Buffer {
  const length = (data.length + 5).toString(16).padStart(4, "0");
  return Buffer.concat([Buffer.from(length), Buffer.from([band]), data]);
}
