import type { Repository } from "../domain/repository.js";
import type { Database } from "./database.js";
import { databaseError } from "./database-error.js";
import { toRepository } from "./rows.js";

/** A repository that was given up for now, and why. */
export interface FailedTask {
  readonly repository: Repository;
  readonly firstError: string | null;
  readonly firstFailedAt: Date | null;
  readonly lastFailedAt: Date | null;
  readonly context: Readonly<Record<string, unknown>>;
}

const FAILED = { state: "FAILED", removedAt: null } as const;

/** In the order the repositories were added, after the given id; one more than `first` where there are more. */
export async function listFailed(
  { reader }: Database,
  { first, after }: { first: number; after: number },
): Promise<FailedTask[]> {
  try {
    const rows = await reader.repository.findMany({
      where: { ...FAILED, id: { gt: after } },
      orderBy: { id: "asc" },
      take: first + 1,
    });
    return rows.map((row) => ({
      repository: toRepository(row),
      firstError: row.firstError,
      firstFailedAt: row.firstFailedAt,
      lastFailedAt: row.lastFailedAt,
      context: { ...(row.failureContext as object | null) },
    }));
  } catch (error) {
    throw databaseError(error);
  }
}

export async function countFailed({ reader }: Database): Promise<number> {
  try {
    return await reader.repository.count({ where: FAILED });
  } catch (error) {
    throw databaseError(error);
  }
}
