import type { Repository } from "../../domain/repository.js";
import type { Database } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { type BoundedCount, countRows, type IdPage, idPage, pageOf } from "../list.js";
import { REPOSITORY_COLUMNS } from "../rows.js";

/** A repository that was given up for now, and why. */
export interface FailedTask {
  readonly repository: Repository;
  readonly firstError: string | null;
  readonly firstFailedAt: Date | null;
  readonly lastFailedAt: Date | null;
  readonly context: Readonly<Record<string, unknown>>;
}

const FAILED = Prisma.sql`from repository r where state = 'FAILED' and removed_at is null`;

/** In the order the repositories were added; one more than asked for where there are more, at the page's far end. */
export async function listFailed({ reader }: Database, page: IdPage): Promise<FailedTask[]> {
  const rows = await reader.query<Repository & Omit<FailedTask, "repository">>(Prisma.sql`
    select ${REPOSITORY_COLUMNS}, r.first_error as "firstError",
           r.first_failed_at as "firstFailedAt", r.last_failed_at as "lastFailedAt",
           coalesce(r.failure_context, '{}') as context
      ${FAILED} ${idPage(page, "asc")}`);
  return pageOf(rows, page).map(
    ({ firstError, firstFailedAt, lastFailedAt, context, ...repository }) => ({
      repository,
      ...{ firstError, firstFailedAt, lastFailedAt, context },
    }),
  );
}

export async function countFailed({ reader }: Database): Promise<BoundedCount> {
  return await countRows(reader, FAILED);
}
