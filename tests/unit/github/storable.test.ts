import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { storableDate, storableText } from "../../../src/github/storable.js";

describe("what GitHub says", () => {
  it.each([
    ["plain text", "fix: ünï 🚀\n", "fix: ünï 🚀\n"],
    ["NUL", "a\u0000b", "a\uFFFDb"],
    ["half a pair", "a\ud83d b \ude80c", "a\uFFFD b \uFFFDc"],
  ])("is text that PostgreSQL holds: %s", (_what, text, stored) => {
    expect(storableText(text)).toBe(stored);
  });

  it("is a date that PostgreSQL reads, whatever it was", () => {
    const date = fc.oneof(
      fc.string(),
      fc.date().map((one) => (Number.isNaN(one.getTime()) ? "none" : one.toISOString())),
      fc.integer({ min: -999_999, max: 999_999 }).map((year) => `${year}-01-01T00:00:00Z`),
    );
    fc.assert(
      fc.property(date, (text) => {
        expect(storableDate(text).toISOString()).toMatch(/^(?!0000)\d{4}-\d\d-\d\dT[\d:.]{12}Z$/);
      }),
    );
  });

  it.each([
    ["2021-05-12T18:17:49-05:00", "2021-05-12T23:17:49.000Z"],
    ["10000-01-01T00:00:00Z", "9999-12-31T23:59:59.000Z"],
    ["+292277026596-12-04T15:30:08Z", "9999-12-31T23:59:59.000Z"],
    ["-000001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
    ["0000-06-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
    ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.000Z"],
    ["9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59.000Z"],
    ["0001-01-01T00:00:00+99:99", "0001-01-01T00:00:00.000Z"],
    ["2021-05-12T18:17:49.999Z", "2021-05-12T18:17:49.000Z"],
    ["2021-05-12T18:17:49+99:99", "2021-05-08T13:38:49.000Z"],
    ["2021-05-12 18:17:49", "1970-01-01T00:00:00.000Z"],
    ["5", "1970-01-01T00:00:00.000Z"],
    ["yesterday", "1970-01-01T00:00:00.000Z"],
  ])("is %s stored as %s", (text, stored) => {
    expect(storableDate(text).toISOString()).toBe(stored);
  });
});
