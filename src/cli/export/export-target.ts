import { once } from "node:events";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { TrackerError } from "../../domain/errors.js";
import type { Output } from "../terminal/output.js";
import type { ExportFormat } from "./export-format.js";
import { scanRecords } from "./record-scan.js";

/** Where an export is written to. */
export interface ExportTarget {
  /** Of the last commit that is there already; null: it begins. */
  readonly after: string | null;
  /** Commits that are there already. */
  readonly count: number;
  /** Whole records, or none; resolves once they are taken. */
  write(records: string): Promise<void>;
  /** Where nothing was ever written, nothing is left behind. */
  close(): Promise<void>;
}

/** Standard output. What comes after a cursor is to be put behind what came before: it has no header. */
export function toOutput(
  output: Output,
  { header }: ExportFormat,
  { after, signal }: { after: string | null; signal: AbortSignal },
): ExportTarget {
  const aborted = once(signal, "abort");
  let before = after === null ? header : "";
  return {
    after,
    count: 0,
    async write(records) {
      const text = before + records;
      before = "";
      await Promise.race([output.raw(text), aborted]); // it is out, whenever the reader takes it
    },
    close: async () => {},
  };
}

interface FileOptions {
  readonly after: string | null;
  /** To go on with one that was interrupted, wherever that was; one that is not there is begun. */
  readonly isResumed: boolean;
}

/** A file. One that is there is never written over; its end is put right where it is resumed. */
export async function toFile(
  path: string,
  format: ExportFormat,
  { after, isResumed }: FileOptions,
): Promise<ExportTarget> {
  const { file, isNew } = await openFile(path, isResumed);
  try {
    const written = isNew ? NOTHING : await readEnd(file, path, format);
    await file.truncate(written.size);
    const place = { ...written, after: written.after ?? after, header: format.header };
    return targetOf(file, place, () => (isNew ? unlink(path) : undefined));
  } catch (error) {
    await file.close();
    throw error;
  }
}

interface Written {
  readonly size: number;
  readonly count: number;
  readonly after: string | null;
}
const NOTHING: Written = { size: 0, count: 0, after: null };

async function openFile(
  path: string,
  isResumed: boolean,
): Promise<{ file: FileHandle; isNew: boolean }> {
  try {
    return { file: await open(path, "wx+"), isNew: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    if (isResumed) return { file: await open(path, "r+"), isNew: false };
    const message = `${path} is there already: --resume goes on where it ends.`;
    throw new TrackerError("BAD_USER_INPUT", message);
  }
}

/** How much of it is whole, and where that ends. Rejects for what is no export of this format. */
async function readEnd(file: FileHandle, path: string, format: ExportFormat): Promise<Written> {
  const { size } = await file.stat();
  const opening = Buffer.from(format.opening);
  const begin = await readText(file, { start: 0, end: Math.min(size, opening.length) });
  const isOurs = format.opening.startsWith(begin);
  const { count, last } = await scanRecords(file, format);
  const headerCount = format.header === "" ? 0 : 1;
  if (isOurs && count <= headerCount) return { ...NOTHING, size: last.end };
  const cursor = isOurs ? format.cursorOf(await readText(file, last)) : null;
  if (cursor !== null) return { size: last.end, count: count - headerCount, after: cursor };
  const message = `${path} is no export as ${format.name}, so it is left as it is.`;
  throw new TrackerError("BAD_USER_INPUT", message);
}

async function readText(file: FileHandle, { start, end }: { start: number; end: number }) {
  const bytes = Buffer.alloc(end - start);
  await file.read(bytes, 0, bytes.length, start);
  return bytes.toString();
}

function targetOf(
  file: FileHandle,
  { size, count, after, header }: Written & { header: string },
  takeBack: () => Promise<void> | undefined,
): ExportTarget {
  let position = size;
  let isBegun = false;
  const write = async (text: string) => {
    for (let bytes = Buffer.from(text); bytes.length > 0; ) {
      const { bytesWritten } = await file.write(bytes, 0, bytes.length, position);
      position += bytesWritten;
      bytes = bytes.subarray(bytesWritten);
    }
  };
  return {
    ...{ after, count },
    write(records) {
      isBegun = true;
      return write(position === 0 ? header + records : records);
    },
    async close() {
      await file.close();
      if (!isBegun) await takeBack();
    },
  };
}
