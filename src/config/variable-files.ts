import { closeSync, fstatSync, openSync, readSync } from "node:fs";

export type Source = Readonly<Record<string, string | undefined>>;

/** What holds a secret. Each may be given as a file: `NAME_FILE` is its path, as container engines mount secrets. */
export const SECRET_VARIABLES = [
  "GITHUB_TOKENS",
  "GITHUB_TOKEN",
  "GITHUB_WEBHOOK_SECRET",
  "DATABASE_URL",
  "DATABASE_REPLICA_URLS",
  "RABBITMQ_URL",
  "TRACKER_API_KEY",
] as const;

const FILE_BYTES_MAX = 65_536;

/**
 * The same variables with what their files hold, less the end of its last line, and what is wrong with the
 * files: a line each that begins with the variable's name. It tells neither a path, since what stands there
 * may be the secret itself, nor anything of what was read. A variable whose file is wrong is unset.
 */
export function readVariableFiles(
  source: Source,
  names: readonly string[] = SECRET_VARIABLES,
): { readonly values: Source; readonly faults: readonly string[] } {
  const values: Record<string, string | undefined> = { ...source };
  const faults: string[] = [];
  for (const name of SECRET_VARIABLES.filter((secret) => names.includes(secret))) {
    const variable = `${name}_FILE`;
    const path = source[variable];
    if (!isSet(path)) continue;
    if (isSet(source[name])) {
      faults.push(`${variable} must not be set beside ${name}: one of them is to count`);
      delete values[name];
      continue;
    }
    const { text, fault } = readSecret(path);
    if (fault === undefined) values[name] = text;
    else faults.push(`${variable} ${fault}`);
  }
  return { values, faults };
}

/** An empty variable counts as unset. */
export function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== "";
}

type Read = { text: string; fault?: undefined } | { text?: undefined; fault: string };

function readSecret(path: string): Read {
  try {
    const bytes = readBytes(path);
    if (bytes === null) return { fault: "must name a file, and no folder or pipe" };
    if (bytes.length > FILE_BYTES_MAX)
      return { fault: `names a file of over ${FILE_BYTES_MAX} bytes` };
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/[\r\n]+$/, "");
    return text.trim() === "" ? { fault: "names an empty file" } : { text };
  } catch (error) {
    return { fault: meaningOf(error) };
  }
}

/** One byte more than a file may have, at most; null: there is no file to read. */
function readBytes(path: string): Uint8Array | null {
  const file = openSync(path, "r");
  try {
    if (!fstatSync(file).isFile()) return null;
    const bytes = new Uint8Array(FILE_BYTES_MAX + 1);
    let length = 0;
    for (;;) {
      const read = readSync(file, bytes, length, bytes.length - length, null);
      length += read;
      if (read === 0 || length === bytes.length) return bytes.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}

function meaningOf(error: unknown): string {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") return `names a file that is not there (${code})`;
  if (code === "EACCES" || code === "EPERM") {
    return `names a file that this user may not read (${code})`;
  }
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") return "names a file that is no text in UTF-8";
  return `names a file that cannot be read${code === "" ? "" : ` (${code})`}`;
}
