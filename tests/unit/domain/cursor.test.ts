import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeCursor, encodeCursor } from "../../../src/domain/cursor.js";

const number = fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }));
const text = fc.string({ unit: "grapheme" });

describe("a cursor", () => {
  it("decodes to the key it was made of, numbers and strings told apart", () => {
    const key = fc.array(fc.oneof(number, text), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(key, (parts) => {
        const decoded = decodeCursor(encodeCursor(parts), parts.length, "after");
        expect(decoded).toEqual(parts.map((part) => (part === 0 ? 0 : part)));
      }),
    );
  });

  it("of another list, or of none, is refused by name", () => {
    const foreign = [
      "",
      "x",
      "1",
      "1,2,3",
      "1,",
      ",1",
      "1,~%",
      "1,0x10",
      "1,Infinity",
      "1,NaN",
      "1 ,2",
    ];
    for (const cursor of foreign) {
      expect(() => decodeCursor(cursor, 2, "before"), cursor).toThrow(
        expect.objectContaining({ code: "BAD_USER_INPUT", details: { field: "before" } }),
      );
    }
  });
});
