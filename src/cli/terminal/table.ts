import { count, cut, cutStart, padEnd, padStart, safeLine, stringWidth } from "./terminal-text.js";
import { RELATIVE_WIDTH_MAX } from "./time-text.js";

/** Null is shown as `-`. */
export type Cell = string | number | Date | null;

export interface Column<Row> {
  readonly title: string;
  /** Numbers stand at the right. */
  readonly of: (row: Row) => Cell;
  readonly widthMax?: number;
  /** Where it is cut; default: its end. */
  readonly cutAt?: "start";
  /** Left out where a terminal is too narrow for all; the last of these first. */
  readonly isExtra?: boolean;
}

/** What a table is shown on. */
export interface TableForm {
  /** Of a terminal, in columns; infinite where nothing is cut. */
  readonly width: number;
  readonly timeText: (date: Date) => string;
}

const GAP = "  ";
/** Texts are cut to this before a column is left out. */
const TEXT_WIDTH_MIN = 10;
const LAST_WIDTH_MIN = 12;

/**
 * A table's lines, the header before the first. Columns and widths are those of the first rows, and
 * later rows keep to them, so that a long list is shown as it comes. Only a terminal's `width` cuts
 * anything.
 */
export function createTable<Row>(
  columns: readonly Column<Row>[],
  { width, timeText }: TableForm,
): (rows: readonly Row[]) => string[] {
  const textOf = (cell: Cell): string => {
    if (cell === null) return "-";
    if (typeof cell === "number") return count(cell);
    return safeLine(cell instanceof Date ? timeText(cell) : cell);
  };
  let layout: readonly Laid<Row>[] | null = null;
  return (rows) => {
    const isFirst = layout === null;
    const laid = layout ?? layOut(columns, { rows, width, textOf });
    layout = laid;
    const titles = laid.map(({ title }) => title);
    const lines = rows.map((row) => laid.map(({ of }) => textOf(of(row))));
    return (isFirst ? [titles, ...lines] : lines).map((texts) => lineOf(texts, laid, width));
  };
}

interface Laid<Row> extends Column<Row> {
  readonly width: number;
  readonly isNumber: boolean;
  /** What it can be cut to. */
  readonly least: number;
}

interface Sample<Row> {
  readonly rows: readonly Row[];
  readonly width: number;
  readonly textOf: (cell: Cell) => string;
}

/** The columns that there is room for, with their widths. */
function layOut<Row>(columns: readonly Column<Row>[], sample: Sample<Row>): readonly Laid<Row>[] {
  const measured = columns.map((column) => measure(column, sample));
  const last = measured.at(-1);
  const { width } = sample;
  if (last !== undefined) {
    measured[measured.length - 1] = { ...last, least: Math.min(last.width, LAST_WIDTH_MIN) };
  }
  return shrink(leaveOut(measured, width), width);
}

function measure<Row>(column: Column<Row>, { rows, width, textOf }: Sample<Row>): Laid<Row> {
  const { title, of, widthMax = Number.POSITIVE_INFINITY } = column;
  const cells = rows.map(of);
  const isNumber = cells.some((cell) => typeof cell === "number");
  const isTime = cells.some((cell) => cell instanceof Date);
  const widths = [title, ...cells.map(textOf)].map((text) => stringWidth(text));
  // Later rows tell of other times.
  if (isTime && Number.isFinite(width)) widths.push(RELATIVE_WIDTH_MAX);
  const wanted = Math.min(widthMax, Math.max(...widths));
  const least = isNumber || isTime ? wanted : Math.min(wanted, TEXT_WIDTH_MIN);
  return { ...column, width: wanted, isNumber, least };
}

function leaveOut<Row>(columns: readonly Laid<Row>[], width: number): readonly Laid<Row>[] {
  const extra = columns.findLast(({ isExtra }) => isExtra);
  const needed = widthOf(columns.map(({ least }) => least));
  if (extra === undefined || needed <= width) return columns;
  return leaveOut(
    columns.filter((column) => column !== extra),
    width,
  );
}

/** Takes from the widest until all fit. What is left of the line is the last one's. */
function shrink<Row>(columns: readonly Laid<Row>[], width: number): readonly Laid<Row>[] {
  const widths = columns.map((column) => column.width);
  while (widthOf(widths) > width) {
    const room = columns.map(({ least }, index) => (widths[index] ?? 0) > least);
    const widest = Math.max(...widths.filter((_, index) => room[index]));
    const index = widths.findIndex((each, place) => room[place] === true && each === widest);
    if (index === -1) break;
    widths[index] = widest - 1;
  }
  const left = width - widthOf(widths);
  return columns.map((column, index) => {
    const isOpen = index === columns.length - 1 && !column.isNumber;
    return { ...column, width: (widths[index] ?? 0) + (isOpen ? Math.max(0, left) : 0) };
  });
}

function widthOf(widths: readonly number[]): number {
  return widths.reduce((sum, each) => sum + each, GAP.length * (widths.length - 1));
}

/** The last column is as long as it is, up to the terminal's edge. A number is cut by that alone. */
function lineOf<Row>(texts: readonly string[], columns: readonly Laid<Row>[], edge: number) {
  const isCut = Number.isFinite(edge);
  const line = columns
    .map(({ width, isNumber, cutAt }, index) => {
      const text = texts[index] ?? "";
      if (isNumber) return padStart(text, width);
      const shorten = cutAt === "start" ? cutStart : cut;
      const shown = isCut ? shorten(text, width) : text;
      return index === columns.length - 1 ? shown : padEnd(shown, width);
    })
    .join(GAP)
    .trimEnd();
  return isCut ? cut(line, edge) : line;
}
