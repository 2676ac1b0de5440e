import type { Oid } from "../domain/commit.js";
import type { Database } from "./database.js";
import { databaseError } from "./database-error.js";
import { toOid } from "./rows.js";

/** A complete head that a later one no longer leads to. */
export interface HistoryRewrite {
  readonly id: number;
  readonly beforeOid: Oid;
  readonly afterOid: Oid;
  readonly orphanedCount: number;
  readonly restoredCount: number;
  readonly detectedAt: Date;
}

/** Newest first, before the given id (null: all); one more than `first` where there are more. */
export async function listRewrites(
  { reader }: Database,
  { repositoryId, first, before }: { repositoryId: number; first: number; before: number | null },
): Promise<HistoryRewrite[]> {
  try {
    const rows = await reader.historyRewrite.findMany({
      where: { repositoryId, ...(before !== null && { id: { lt: before } }) },
      orderBy: { id: "desc" },
      take: first + 1,
    });
    return rows.map((row) => ({
      ...row,
      beforeOid: toOid(row.beforeOid),
      afterOid: toOid(row.afterOid),
    }));
  } catch (error) {
    throw databaseError(error);
  }
}

export async function countRewrites({ reader }: Database, repositoryId: number): Promise<number> {
  try {
    return await reader.historyRewrite.count({ where: { repositoryId } });
  } catch (error) {
    throw databaseError(error);
  }
}
