import { TrackerError } from "../domain/errors.js";
import type { Walk } from "../domain/repository.js";
import type { Transaction } from "../postgres/database.js";
import { readWalk } from "../store/work/walk-store.js";

/** Where a repository's walk stands; `NOT_FOUND` once it was removed. */
export async function requireWalk(
  tx: Transaction,
  repositoryId: number,
  options: { lock: boolean },
): Promise<Walk> {
  const walk = await readWalk(tx, repositoryId, options);
  if (walk !== null) return walk;
  throw new TrackerError("NOT_FOUND", "This repository is not tracked any more.");
}
