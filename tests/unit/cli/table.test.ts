import { describe, expect, it } from "vitest";
import { createTable } from "../../../src/cli/terminal/table.js";

interface Row {
  readonly name: string;
  readonly count: number;
  readonly text: string;
}

const COLUMNS = [
  { title: "NAME", of: ({ name }: Row) => name, widthMax: 8 },
  { title: "COUNT", of: ({ count }: Row) => count },
  { title: "TEXT", of: ({ text }: Row) => text },
];

const IN_A_PIPE = { width: Number.POSITIVE_INFINITY, timeText: (date: Date) => date.toISOString() };

describe("a table", () => {
  it("keeps to the widths of its first rows, the header before them", () => {
    const lines = createTable(COLUMNS, IN_A_PIPE);
    expect(lines([{ name: "ada", count: 1_234, text: "one" }])).toEqual([
      "NAME  COUNT  TEXT",
      "ada   1,234  one",
    ]);
    expect(lines([{ name: "x", count: 5, text: "two" }])).toEqual(["x         5  two"]);
  });

  it("cuts nothing in a pipe", () => {
    const [, line] = createTable(
      COLUMNS,
      IN_A_PIPE,
    )([{ name: "a-name-that-is-long", count: 1, text: "x".repeat(300) }]);
    expect(line).toContain("a-name-that-is-long");
    expect(line).toContain("x".repeat(300));
  });

  it("ends at the terminal's edge, whatever the characters' width", () => {
    const rows = [
      { name: "名前の長い人", count: 1, text: "日本語のとても長いコミットメッセージです" },
      { name: "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", count: 2, text: "short" },
    ];
    const lines = createTable(COLUMNS, { ...IN_A_PIPE, width: 30 })(rows);
    expect(lines.slice(1)).toEqual([
      "名前の…       1  日本語のとて…",
      "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦…       2  short",
    ]);
  });
});
