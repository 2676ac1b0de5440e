import type { FileHandle } from "node:fs/promises";

const CHUNK_BYTES = 1_024 * 1_024;
const LINE_FEED = 0x0a;
const QUOTE = 0x22;

/** What a file of records holds. */
export interface ScannedRecords {
  /** Those that are complete. */
  readonly count: number;
  /** Where the last of them begins and ends, in bytes. */
  readonly last: { readonly start: number; readonly end: number };
}

/** Goes through a file from its beginning: only so it is known which line ends stand within quotes. */
export async function scanRecords(
  file: FileHandle,
  { hasQuotes }: { hasQuotes: boolean },
): Promise<ScannedRecords> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let count = 0;
  let last = { start: 0, end: 0 };
  let isQuoted = false;
  for (let offset = 0; ; ) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, offset);
    if (bytesRead === 0) return { count, last };
    for (let index = 0; index < bytesRead; index += 1) {
      const byte = chunk[index];
      if (byte === QUOTE && hasQuotes) isQuoted = !isQuoted;
      if (byte !== LINE_FEED || isQuoted) continue;
      last = { start: last.end, end: offset + index + 1 };
      count += 1;
    }
    offset += bytesRead;
  }
}
