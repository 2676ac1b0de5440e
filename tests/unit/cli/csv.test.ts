import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvRecord, guardFormulas, unguardFormulas } from "../../../src/cli/export/csv.js";

const pieces = fc.oneof(
  fc.constantFrom(
    "=",
    "+",
    "-",
    "@",
    "＝",
    "'",
    '"',
    ";",
    ",",
    "\t",
    "\r",
    "\n",
    " ",
    "a",
    "é",
    "👍",
  ),
  fc.string(),
);
const hostile = fc.array(pieces, { maxLength: 12 }).map((all) => all.join(""));

/** What spreadsheets take for a formula: https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[\s"]*[=+\-@＝＋－＠]/;

describe("CSV", () => {
  it.each([
    ["plain", "plain\r\n"],
    ["a,b", '"a,b"\r\n'],
    ['say "hi"', '"say ""hi"""\r\n'],
    ["two\nlines", '"two\nlines"\r\n'],
    ["a\rb", '"a\rb"\r\n'],
    ["", "\r\n"],
    [" blank ", " blank \r\n"],
    ["a\u0000\u001b[2J\u009b", "a\ufffd\ufffd[2J\ufffd\r\n"],
  ])("writes %j as RFC 4180 has it, without control characters", (text, record) => {
    expect(csvRecord([text])).toBe(record);
  });

  it.each([
    ["=1+1", "'=1+1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", "\t'=1"],
    ["＝1+1", "'＝1+1"],
    ["fix;=cmd|' /C calc'!A0", "fix;'=cmd|' /C calc'!A0"],
    ["title\n\n-2+3", "title\n\n'-2+3"],
    ["'quoted'", "''quoted'"],
    ["a-b = c", "a-b = c"],
  ])("keeps %j from being a formula", (text, guarded) => {
    expect(guardFormulas(text)).toBe(guarded);
  });

  it("holds no cell that would be a formula, whichever of comma, semicolon and tab divides cells", () => {
    fc.assert(
      fc.property(hostile, hostile, (one, other) => {
        const record = csvRecord([one, other]);
        for (const cell of record.split(/[;\t\r\n]/)) expect(cell).not.toMatch(FORMULA);
        for (const text of [one, other]) expect(guardFormulas(text)).not.toMatch(FORMULA);
      }),
      { numRuns: 2_000 },
    );
  });

  it("can be taken back to the text that it was", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(unguardFormulas(guardFormulas(text))).toBe(text);
      }),
      { numRuns: 5_000 },
    );
  });

  it("takes a time that grows with the text and no faster", () => {
    const started = performance.now();
    const text = `${" \n\t ".repeat(300_000)}=`;
    expect(unguardFormulas(guardFormulas(text))).toBe(text);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
