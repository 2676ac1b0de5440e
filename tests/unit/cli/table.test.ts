import { describe, expect, it } from "vitest";
import { createTable } from "../../../src/cli/terminal/table.js";
import { stringWidth } from "../../../src/cli/terminal/terminal-text.js";

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

  it("shows times as it is told to, and none as a dash", () => {
    const columns = [
      { title: "NAME", of: ({ name }: Row) => name },
      { title: "AT", of: ({ count }: Row) => (count === 0 ? null : new Date(count)) },
    ];
    const rows = [
      { name: "a", count: 1, text: "" },
      { name: "b", count: 0, text: "" },
    ];
    expect(createTable(columns, IN_A_PIPE)(rows)).toEqual([
      "NAME  AT",
      "a     1970-01-01T00:00:00.001Z",
      "b     -",
    ]);
  });

  it.each([120, 80, 50, 40, 20])("is never wider than a terminal of %i columns", (width) => {
    const columns = [
      { title: "NAME", of: ({ name }: Row) => name, cutAt: "start" as const },
      { title: "COUNT", of: ({ count }: Row) => count },
      { title: "AGAIN", of: ({ text }: Row) => text, isExtra: true },
      { title: "TEXT", of: ({ text }: Row) => text },
    ];
    const lines = createTable(columns, { ...IN_A_PIPE, width });
    const row = {
      name: "an-owner-of-many/name",
      count: 123_456,
      text: "日本語 and more ".repeat(9),
    };
    const shown = [...lines([row, { ...row, name: "a/b" }]), ...lines([{ ...row, count: 1e9 }])];
    for (const line of shown) expect(stringWidth(line)).toBeLessThanOrEqual(width);
    expect(shown[0]?.includes("AGAIN")).toBe(width >= 50);
    if (width >= 50) expect(shown[1]).toMatch(/^(an-owner-of-many|…[\w-]*)\/name +123,456 /);
    expect(shown.at(-1)?.includes("1,000,000,000")).toBe(width >= 40);
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
