import type { Currency } from "../../domain/freshness.js";
import type { Database } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { REPOSITORY_COLUMNS, REPOSITORY_SOURCE } from "../rows.js";

/** What says how fresh a repository is, in no order. By the database's clock. */
export async function readCurrency(
  { reader }: Pick<Database, "reader">,
  ids: readonly number[],
): Promise<Currency[]> {
  return await reader.query<Currency>(Prisma.sql`
    select ${REPOSITORY_COLUMNS}, r.pushed_at as "pushedAt", r.looked_at as "lookedAt",
           r.head_oid is distinct from r.observed_oid as "isBehind", now() as now
      from ${REPOSITORY_SOURCE} where r.id = any(${ids}::int[])`);
}
