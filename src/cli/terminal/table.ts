import { count, cut, padEnd, padStart, safeLine, stringWidth } from "./terminal-text.js";

export interface Column<Row> {
  readonly title: string;
  /** Numbers stand at the right. */
  readonly of: (row: Row) => string | number;
  readonly widthMax?: number;
}

const GAP = "  ";
const LAST_WIDTH_MIN = 12;

/**
 * A table's lines, the header before the first. Widths are those of the first rows, and later rows
 * keep to them, so that a long list is shown as it comes. Only a terminal's `width` cuts anything.
 */
export function createTable<Row>(
  columns: readonly Column<Row>[],
  width: number,
): (rows: readonly Row[]) => string[] {
  let widths: readonly number[] | null = null;
  return (rows) => {
    const cells = rows.map((row) => columns.map(({ of }) => of(row)));
    const titles = columns.map(({ title }) => title);
    const isFirst = widths === null;
    const fixed = widths ?? widthsOf(columns, [titles, ...cells], width);
    widths = fixed;
    return [...(isFirst ? [titles] : []), ...cells].map((line) =>
      lineOf(line, cells[0], fixed, width),
    );
  };
}

type Cells = readonly (string | number)[];

function textOf(cell: string | number): string {
  return typeof cell === "number" ? count(cell) : safeLine(cell);
}

function widthsOf<Row>(columns: readonly Column<Row>[], lines: readonly Cells[], width: number) {
  const wanted = columns.map(({ widthMax = Number.POSITIVE_INFINITY }, index) =>
    Math.min(widthMax, Math.max(...lines.map((cells) => stringWidth(textOf(cells[index] ?? ""))))),
  );
  const others = wanted.slice(0, -1).reduce((sum, each) => sum + each + GAP.length, 0);
  return [...wanted.slice(0, -1), Math.max(LAST_WIDTH_MIN, width - others)];
}

/** The last column is as long as it is, up to the terminal's edge. */
function lineOf(cells: Cells, sample: Cells | undefined, widths: readonly number[], width: number) {
  const isCut = Number.isFinite(width);
  return cells
    .map((cell, index) => {
      const columnWidth = widths[index] ?? 0;
      const text = isCut ? cut(textOf(cell), columnWidth) : textOf(cell);
      if (typeof (sample ?? cells)[index] === "number") return padStart(text, columnWidth);
      return index === cells.length - 1 ? text : padEnd(text, columnWidth);
    })
    .join(GAP)
    .trimEnd();
}
