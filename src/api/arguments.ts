import { TrackerError } from "../domain/errors.js";
import type { Repository } from "../domain/repository.js";
import type { Database } from "../store/database.js";
import { findRepository } from "../store/repository-reader.js";

/** The repository that an argument names, or `NOT_FOUND` saying which. */
export async function requireRepository(
  database: Database,
  ref: string,
  field = "repository",
): Promise<Repository> {
  const found = await findRepository(database, ref);
  if (found !== null) return found;
  const shown = ref.length > 150 ? `${ref.slice(0, 150)}…` : ref;
  throw new TrackerError("NOT_FOUND", `No repository ${JSON.stringify(shown)} is tracked here.`, {
    field,
  });
}

const SEQUENCE = /^(?:0|[1-9]\d{0,17})$/;

/** A feed cursor: a sequence in decimal. */
export function parseSequence(after: string): bigint {
  if (SEQUENCE.test(after)) return BigInt(after);
  throw new TrackerError(
    "BAD_USER_INPUT",
    '`after` must be a cursor of the feed, or "0" for all of it.',
    {
      field: "after",
    },
  );
}
