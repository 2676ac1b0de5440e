import type { Oid } from "../../domain/commit.js";
import type { Database } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { written } from "../../postgres/statement.js";
import {
  type BoundedCount,
  boundedCount,
  COUNTED_MAX,
  type IdPage,
  idPage,
  pageOf,
} from "../list.js";
import { ofEach, subjectsOf } from "../of-each.js";

/** A complete head that a later one no longer leads to. */
export interface HistoryRewrite {
  readonly id: number;
  readonly repositoryId: number;
  readonly beforeOid: Oid;
  readonly afterOid: Oid;
  readonly orphanedCount: number;
  readonly restoredCount: number;
  readonly detectedAt: Date;
}

/** Newest first, of each repository; one more than asked for where there are more, at the page's far end. */
export async function listRewrites(
  { reader }: Pick<Database, "reader">,
  repositoryIds: readonly number[],
  page: IdPage,
): Promise<Map<number, HistoryRewrite[]>> {
  const rows = await reader.query<HistoryRewrite & { subject: number }>(
    ofEach(
      repositoryIds,
      ({ isOf }) => Prisma.sql`
        select id, repository_id as "repositoryId", encode(before_oid, 'hex') as "beforeOid",
               encode(after_oid, 'hex') as "afterOid", orphaned_count as "orphanedCount",
               restored_count as "restoredCount", detected_at as "detectedAt"
          from history_rewrite where ${isOf} ${idPage(page, "desc")}`,
      page.from === "start" ? Prisma.sql`found.id desc` : Prisma.sql`found.id`,
    ),
  );
  return subjectsOf(repositoryIds, rows, (found) => pageOf(found, page));
}

export async function countRewrites(
  { reader }: Pick<Database, "reader">,
  repositoryIds: readonly number[],
): Promise<Map<number, BoundedCount>> {
  const rows = await reader.query<{ subject: number; count: number }>(
    ofEach(
      repositoryIds,
      ({ isOf }) => Prisma.sql`
        select count(*)::int as count
          from (select from history_rewrite where ${isOf}
                 limit ${written(COUNTED_MAX + 1)}) as counted`,
    ),
  );
  return subjectsOf(repositoryIds, rows, ([row]) => boundedCount(row?.count ?? 0));
}
