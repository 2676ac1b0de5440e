import { TrackerError } from "./errors.js";

/** Opaque to clients: base64url of a JSON array of strings and numbers. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/** The key that `encodeCursor` was given. `BAD_USER_INPUT` naming the argument for anything else. */
export function decodeCursor(cursor: string, length: number, field: string): (string | number)[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    const isPart = (part: unknown) => typeof part === "string" || typeof part === "number";
    if (Array.isArray(key) && key.length === length && key.every(isPart)) return key;
  } catch {
    // Falls through to the one error for all malformed cursors.
  }
  throw foreignCursor(field);
}

/** For what decodes, but into no place in this list. */
export function foreignCursor(field: string): TrackerError {
  return new TrackerError("BAD_USER_INPUT", `\`${field}\` is not a cursor of this list.`, {
    field,
  });
}
