import fc from "fast-check";
import { GraphQLDateTime as LibraryDateTime } from "graphql-scalars";
import { describe, expect, it } from "vitest";
import { GraphQLDateTime } from "../../src/api/schema/date-time.js";

describe("a DateTime in an answer", () => {
  it("is what the library and JSON make of the same date", () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (date) => {
        const written = JSON.parse(JSON.stringify(LibraryDateTime.serialize(date)));
        expect(GraphQLDateTime.serialize(date)).toBe(written);
      }),
      { numRuns: 1_000 },
    );
  });

  it("is taken from text and numbers as the library takes it, and refused as it refuses", () => {
    expect(GraphQLDateTime.serialize("2024-02-29T23:59:59.999+01:00")).toBe(
      "2024-02-29T22:59:59.999Z",
    );
    for (const wrong of [new Date(Number.NaN), "yesterday", {}, undefined]) {
      expect(() => GraphQLDateTime.serialize(wrong), String(wrong)).toThrow();
    }
  });
});
