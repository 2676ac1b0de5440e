import type { Oid } from "../../domain/commit.js";
import type { Database } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { type BoundedCount, countRows, type IdPage, idPage, pageOf } from "../list.js";

/** A complete head that a later one no longer leads to. */
export interface HistoryRewrite {
  readonly id: number;
  readonly beforeOid: Oid;
  readonly afterOid: Oid;
  readonly orphanedCount: number;
  readonly restoredCount: number;
  readonly detectedAt: Date;
}

const ofRepository = (repositoryId: number) =>
  Prisma.sql`from history_rewrite where repository_id = ${repositoryId}::int`;

/** Newest first; one more than asked for where there are more, at the page's far end. */
export async function listRewrites(
  { reader }: Database,
  repositoryId: number,
  page: IdPage,
): Promise<HistoryRewrite[]> {
  const rows = await reader.query<HistoryRewrite>(Prisma.sql`
    select id, encode(before_oid, 'hex') as "beforeOid", encode(after_oid, 'hex') as "afterOid",
           orphaned_count as "orphanedCount", restored_count as "restoredCount",
           detected_at as "detectedAt"
      ${ofRepository(repositoryId)} ${idPage(page, "desc")}`);
  return pageOf(rows, page);
}

export async function countRewrites(
  { reader }: Database,
  repositoryId: number,
): Promise<BoundedCount> {
  return await countRows(reader, ofRepository(repositoryId));
}
