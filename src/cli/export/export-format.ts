import { toJson } from "../terminal/output.js";
import { CSV_COLUMNS, csvCells, type Exported } from "./commit-record.js";
import { csvRecord, unguardFormulas } from "./csv.js";

export const EXPORT_FORMATS = ["ndjson", "csv"] as const;
export type ExportFormatName = (typeof EXPORT_FORMATS)[number];

/** How commits are written, each with its cursor, so that an export knows from itself where it ends. */
export interface ExportFormat {
  readonly name: ExportFormatName;
  /** What stands before all records. */
  readonly header: string;
  /** How every export begins. */
  readonly opening: string;
  /** Whether an end of line within quotes is part of a record. */
  readonly hasQuotes: boolean;
  record(exported: Exported): string;
  /** Of a record, with the end of its line; null where it is none. */
  cursorOf(record: string): string | null;
}

const HEADER = csvRecord(CSV_COLUMNS);
const LAST_FIELD = /,(?:"((?:[^"]|"")*)"|([^",]*))\r\n$/;

const FORMATS: Readonly<Record<ExportFormatName, ExportFormat>> = {
  ndjson: {
    name: "ndjson",
    header: "",
    opening: '{"cursor":"',
    hasQuotes: false,
    record: ({ cursor, node }) => `${toJson({ cursor, ...node })}\n`,
    cursorOf: cursorOfJson,
  },
  csv: {
    name: "csv",
    header: HEADER,
    opening: HEADER,
    hasQuotes: true,
    record: (exported) => csvRecord(csvCells(exported)),
    cursorOf: cursorOfCsv,
  },
};

/** The one that is asked for, else what a file's name says, else NDJSON. */
export function formatOf(name: ExportFormatName | undefined, path: string | undefined) {
  const isCsv = name === undefined && path !== undefined && /\.csv$/i.test(path);
  return FORMATS[name ?? (isCsv ? "csv" : "ndjson")];
}

function cursorOfJson(line: string): string | null {
  try {
    const { cursor } = JSON.parse(line) as { cursor?: unknown };
    return typeof cursor === "string" ? cursor : null;
  } catch {
    return null;
  }
}

function cursorOfCsv(record: string): string | null {
  const found = LAST_FIELD.exec(record);
  const text = found?.[1]?.replaceAll('""', '"') ?? found?.[2] ?? "";
  return text === "" ? null : unguardFormulas(text);
}
