import type { Repository } from "../../domain/repository.js";
import type { Database } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { type BoundedCount, boundedCount, COUNTED_MAX, type IdPage, inOrder } from "../list.js";
import { type FailureJson, REPOSITORY_COLUMNS, REPOSITORY_SOURCE } from "../rows.js";
import { ID_MAX } from "./repository-reader.js";

/** A repository that was given up for now, and why. */
export interface FailedTask {
  readonly repository: Repository;
  readonly firstError: string | null;
  readonly firstFailedAt: Date | null;
  readonly lastFailedAt: Date | null;
  readonly context: Readonly<Record<string, unknown>>;
}

const FAILED = Prisma.sql`r.state = 'FAILED' and r.removed_at is null`;

type FailedRow = Repository & { readonly failure: FailureJson | null };

/** In the order the repositories were added; one more than asked for where there are more, at the page's far end. */
export async function listFailed({ reader }: Database, page: IdPage): Promise<FailedTask[]> {
  const { from, after, before, count } = page;
  const rows = await reader.query<FailedRow>(Prisma.sql`
    select ${REPOSITORY_COLUMNS}, f.failure from ${REPOSITORY_SOURCE}
     where ${FAILED} and r.id > ${after ?? 0}::int and r.id < ${before ?? ID_MAX}::int
     order by r.id ${from === "start" ? Prisma.sql`asc` : Prisma.sql`desc`} limit ${count + 1}`);
  return inOrder(rows, page).map(({ failure, ...repository }) => ({
    repository,
    firstError: failure?.firstError ?? null,
    firstFailedAt: failure === null ? null : new Date(failure.firstFailedAt),
    lastFailedAt: failure === null ? null : new Date(failure.lastFailedAt),
    context: failure?.context ?? {},
  }));
}

export async function countFailed({ reader }: Database): Promise<BoundedCount> {
  const [row] = await reader.query<{ count: number }>(Prisma.sql`
    select count(*)::int as count
      from (select from repository r where ${FAILED} limit ${COUNTED_MAX + 1}) as found`);
  return boundedCount(row?.count ?? 0);
}
