import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ObjectFrames } from "../../../src/git/object-frames.js";
import { type Packet, PacketReader, packet } from "../../../src/git/pkt-line.js";

/** A stream in pieces of any sizes. */
function inPieces(data: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    pieces.push(data.subarray(at, at + size));
    at += size;
  }
  return [...pieces, data.subarray(at)];
}

const sizes = fc.array(fc.nat(9), { maxLength: 200 });
const shown = (each: Packet) => (each instanceof Buffer ? each.toString("hex") : each);

describe("packets", () => {
  test("are the same in whatever pieces they come", () => {
    const one = fc.oneof(
      fc.constantFrom(["0000", "flush"], ["0001", "delimiter"], ["0002", "end"]),
      fc.string({ maxLength: 40 }).map((text) => [packet(text), Buffer.from(text).toString("hex")]),
    );
    fc.assert(
      fc.property(fc.array(one), sizes, (packets, at) => {
        const reader = new PacketReader();
        const data = Buffer.from(packets.map(([wire]) => wire).join(""));
        const read = inPieces(data, at).flatMap((piece) => [...reader.push(piece)]);
        expect(read.map(shown)).toEqual(packets.map(([, text]) => text));
        expect(reader.isBetween).toBe(true);
      }),
    );
  });

  test.each(["zzzz", "0003", "fff1", "-001", "<!DO", "  04"])(
    "that begin with %j are none",
    (text) => {
      expect(() => [...new PacketReader().push(Buffer.from(`${text}rest`))]).toThrow(
        "no answer of the git protocol",
      );
    },
  );

  test("that are cut are known to be", () => {
    const reader = new PacketReader();
    expect([...reader.push(Buffer.from("0009done"))]).toEqual([]);
    expect(reader.isBetween).toBe(false);
  });
});

describe("objects of `git cat-file --batch`", () => {
  const oid = fc.nat().map((n) => n.toString(16).padStart(40, "0"));
  const object = fc.tuple(
    oid,
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  );

  test("are the same in whatever pieces they come, those that are too large without their content", () => {
    const bytesMax = 30;
    fc.assert(
      fc.property(fc.array(object), sizes, (objects, at) => {
        const wire = objects.flatMap(([id, content]) => [
          Buffer.from(`${id} commit ${content.length}\n`),
          content,
          Buffer.from("\n"),
        ]);
        const frames = new ObjectFrames(bytesMax);
        const pieces = inPieces(Buffer.concat(wire), at);
        const read = pieces.flatMap((piece) => [...frames.push(piece)]);
        const expected = objects.map(([id, content]) => ({
          ...{ oid: id, type: "commit", size: content.length },
          content: content.length > bytesMax ? null : content,
        }));
        expect(read).toEqual(expected);
        expect(frames.isBetween).toBe(true);
      }),
    );
  });

  test("that are missing are told in their place", () => {
    const frames = new ObjectFrames();
    const id = "a".repeat(40);
    const wire = `${id} missing\n${id} commit 2\nhi\n${id} ambiguous\n`;
    const read = [...frames.push(Buffer.from(wire))];
    expect(read.map((each) => each?.content?.toString())).toEqual([undefined, "hi", undefined]);
  });
});
