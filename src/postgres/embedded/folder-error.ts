import { TrackerError } from "../../domain/errors.js";

const FULL = /ENOSPC|EDQUOT|No space left on device|Disk quota exceeded/;
const UNWRITABLE = /^(EACCES|EPERM|EROFS|ENOTDIR|EEXIST|ENOENT|ENOTSUP|EOPNOTSUPP)$/;

/** What a person can do something about, in a line; everything else as it is. */
export function folderError(dataDir: string, cause: unknown): unknown {
  if (cause instanceof TrackerError || !(cause instanceof Error)) return cause;
  const { code = "", syscall = "" } = cause as NodeJS.ErrnoException;
  if (syscall.startsWith("spawn")) {
    return unfit(`The embedded database cannot be run here: ${cause.message}.`, cause);
  }
  if (FULL.test(code)) return unfit(`The disk that holds ${dataDir} is full.`, cause);
  if (!UNWRITABLE.test(code)) return cause;
  const message = `${dataDir} cannot hold the embedded database (${cause.message}). Choose another folder with DATA_DIR.`;
  return unfit(message, cause);
}

/** Of what PostgreSQL wrote before it gave up. */
export function serverError(what: string, output: string, logFile: string): TrackerError {
  const lines = output.split("\n").map((line) => line.trim());
  const told = lines.findLast((line) => /\b(FATAL|PANIC|error):|could not/.test(line)) ?? "";
  const reason = FULL.test(output)
    ? "the disk is full"
    : told.replace(/^.*?(FATAL|PANIC|error): +/, "");
  const why = reason === "" ? `${logFile} says why` : `${reason} (see ${logFile})`;
  return new TrackerError("DATABASE_UNAVAILABLE", `Embedded PostgreSQL ${what}: ${why}.`);
}

export function unfit(message: string, cause?: unknown): TrackerError {
  return new TrackerError("DATABASE_UNFIT", message, {}, { cause });
}
