import type { Oid } from "../../domain/commit.js";
import type { Database } from "../../postgres/database.js";
import {
  type BoundedCount,
  boundedCount,
  COUNTED_MAX,
  type IdPage,
  idPage,
  inOrder,
  read,
} from "../list.js";
import { toOid } from "../rows.js";

/** A complete head that a later one no longer leads to. */
export interface HistoryRewrite {
  readonly id: number;
  readonly beforeOid: Oid;
  readonly afterOid: Oid;
  readonly orphanedCount: number;
  readonly restoredCount: number;
  readonly detectedAt: Date;
}

/** Newest first; one more than asked for where there are more, at the page's far end. */
export async function listRewrites(
  { reader }: Database,
  repositoryId: number,
  page: IdPage,
): Promise<HistoryRewrite[]> {
  const { where, ...rest } = idPage(page, "desc");
  const rows = await read(
    reader.prisma.historyRewrite.findMany({ where: { repositoryId, ...where }, ...rest }),
  );
  return inOrder(rows, page).map((row) => ({
    ...row,
    beforeOid: toOid(row.beforeOid),
    afterOid: toOid(row.afterOid),
  }));
}

export async function countRewrites(
  { reader }: Database,
  repositoryId: number,
): Promise<BoundedCount> {
  const take = COUNTED_MAX + 1;
  return boundedCount(
    await read(reader.prisma.historyRewrite.count({ where: { repositoryId }, take })),
  );
}
