import { TrackerError } from "./errors.js";

/** Opaque to clients: base64url of a JSON array of strings and numbers. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/** The key that `encodeCursor` was given. `BAD_USER_INPUT` naming `after` for anything else. */
export function decodeCursor(cursor: string, length: number): (string | number)[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    const isPart = (part: unknown) => typeof part === "string" || typeof part === "number";
    if (Array.isArray(key) && key.length === length && key.every(isPart)) return key;
  } catch {
    // Falls through to the one error for all malformed cursors.
  }
  throw new TrackerError("BAD_USER_INPUT", "`after` is not a cursor that this API gave out.", {
    field: "after",
  });
}
