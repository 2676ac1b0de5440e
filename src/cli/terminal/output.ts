import { once } from "node:events";
import type { WriteStream } from "node:tty";
import { styleText } from "node:util";
import { type Column, createTable } from "./table.js";
import { safeLine } from "./terminal-text.js";
import { dateOf, relativeTime, zonedTime } from "./time-text.js";

type Stream = NodeJS.WriteStream & Partial<WriteStream>;
type Style = Parameters<typeof styleText>[0];

/**
 * What a command shows: for a person, or with `--json` one JSON object a line. Results go to stdout,
 * everything else to stderr. Each promise resolves when the text is taken, so that a slow reader of
 * a pipe slows the command instead of filling its memory.
 */
export interface Output {
  readonly isJson: boolean;
  /** A person is watching: a terminal on stderr, and no `--json`. */
  readonly isLive: boolean;
  /** Results are read on a terminal, and not by a program or from a file. */
  readonly isOnTerminal: boolean;
  /** One result. */
  print<Value>(value: Value, describe: (value: Value) => string): Promise<void>;
  /** Results of one kind, any number at a time. */
  table<Row>(columns: readonly Column<Row>[]): (rows: readonly Row[]) => Promise<void>;
  /** About the results, for a person: nothing where they are JSON. */
  note(text: string): Promise<void>;
  /** The same, in both forms. */
  tell<Value>(value: Value, describe: (value: Value) => string): Promise<void>;
  /** Text as it stands, such as lines of a format of their own. */
  raw(text: string): Promise<void>;
  /** How long ago on a terminal, elsewhere in the zone of this machine; `-` for none. */
  time(date: string | null): string;
  /** What went wrong. */
  fault(fault: Fault): Promise<void>;
  /** Coloured where stdout is a terminal that wants colours; see https://no-color.org. */
  paint(style: Style, text: string): string;
  /** Lines below all others, drawn again in place, only where `isLive`. Whatever is written takes them away. */
  readonly terminal: {
    readonly columns: number;
    readonly rows: number;
    draw(lines: readonly string[]): void;
  };
}

export interface Fault {
  readonly message: string;
  readonly code: string | null;
  readonly advice: string | null;
}

const WIDTH_DEFAULT = 80;
const HEIGHT_DEFAULT = 24;

export function createOutput({
  stdout,
  stderr,
  isJson,
}: {
  stdout: Stream;
  stderr: Stream;
  isJson: () => boolean;
}): Output {
  const paint = (style: Style, text: string, stream = stdout) => styleText(style, text, { stream });
  const isOnTerminal = stdout.isTTY === true;
  const timeText = (date: Date) => (isOnTerminal ? relativeTime(date) : zonedTime(date));
  let drawnCount = 0;
  const erasing = () => {
    const text = drawnCount === 0 ? "" : `\u001b[${drawnCount}A\u001b[J`;
    drawnCount = 0;
    return text;
  };
  const toStderr = (text: string) => write(stderr, erasing() + text);
  const toStdout = async (text: string) => {
    if (drawnCount > 0 && isOnTerminal) await toStderr("");
    await write(stdout, text);
  };
  const object = (value: unknown) => toStdout(`${toJson(value)}\n`);
  const tell: Output["tell"] = (value, describe) =>
    toStderr(`${isJson() ? toJson(value) : describe(value)}\n`);
  return {
    get isJson() {
      return isJson();
    },
    get isLive() {
      return stderr.isTTY === true && !isJson();
    },
    isOnTerminal,
    async print(value, describe) {
      await (isJson() ? object(value) : toStdout(`${describe(value)}\n`));
    },
    table(columns) {
      const width = isOnTerminal ? stdout.columns || WIDTH_DEFAULT : Number.POSITIVE_INFINITY;
      const linesOf = createTable(columns, { width, timeText });
      let isHeaderDue = true;
      return async (rows) => {
        if (isJson()) {
          for (const row of rows) await object(row);
          return;
        }
        const lines = linesOf(rows);
        if (isHeaderDue) lines.unshift(paint("dim", lines.shift() ?? ""));
        isHeaderDue = false;
        if (lines.length > 0) await toStdout(`${lines.join("\n")}\n`);
      };
    },
    async note(text) {
      if (!isJson()) await toStderr(`${text}\n`);
    },
    tell,
    raw: toStdout,
    time(text) {
      const date = dateOf(text);
      return date === null ? "-" : timeText(date);
    },
    async fault(fault) {
      await tell({ error: fault }, () => describeFault(fault, paint("red", "error:", stderr)));
    },
    paint,
    terminal: {
      get columns() {
        return stderr.columns || WIDTH_DEFAULT;
      },
      get rows() {
        return stderr.rows || HEIGHT_DEFAULT;
      },
      draw(lines) {
        stderr.write(`${erasing()}${lines.map((line) => `${line}\n`).join("")}`);
        drawnCount = lines.length;
      },
    },
  };
}

function describeFault({ message, code, advice }: Fault, label: string): string {
  const [first = "", ...rest] = message.split("\n").map(safeLine);
  const named = code === null ? first : `${first} [${code}]`;
  return [`${label} ${named}`, ...rest, ...(advice === null ? [] : [advice])].join("\n");
}

/** Resolves once the stream takes more; rejects where it never will. */
async function write(stream: Stream, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, "drain");
}

/** On one line. JSON leaves control characters above 0x7e as they are, and some terminals obey them. */
export function toJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
