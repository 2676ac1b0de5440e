import type { Repository } from "../../domain/repository.js";
import type { Database } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import type { StatementReader } from "../../postgres/reader.js";
import { type BoundedCount, countRows, type IdPage, idPage, pageOf } from "../list.js";
import { type FailureJson, REPOSITORY_COLUMNS, REPOSITORY_SOURCE } from "../rows.js";

/** A repository that was given up for now, and why. */
export interface FailedTask {
  readonly repository: Repository;
  readonly firstError: string | null;
  readonly firstFailedAt: Date | null;
  readonly lastFailedAt: Date | null;
  readonly context: Readonly<Record<string, unknown>>;
}

const FAILED = Prisma.sql`state = 'FAILED' and removed_at is null`;

/** In the order the repositories were added; one more than asked for where there are more, at the page's far end. */
export async function listFailed({ reader }: Database, page: IdPage): Promise<FailedTask[]> {
  const rows = await select(reader, idPage(page, "asc"));
  return pageOf(rows, page).map(toFailedTask);
}

/** Of these repositories those that were given up, in no order. */
export async function findFailed(
  { reader }: Database,
  repositoryIds: readonly number[],
): Promise<FailedTask[]> {
  const rows = await select(reader, Prisma.sql`and id = any(${repositoryIds}::int[])`);
  return rows.map(toFailedTask);
}

type FailedRow = Repository & { readonly failure: FailureJson | null };

async function select(reader: StatementReader, rest: Prisma.Sql): Promise<FailedRow[]> {
  return await reader.query<FailedRow>(Prisma.sql`
    select ${REPOSITORY_COLUMNS}, f.failure from ${REPOSITORY_SOURCE} where ${FAILED} ${rest}`);
}

function toFailedTask({ failure, ...repository }: FailedRow): FailedTask {
  return {
    repository,
    firstError: failure?.firstError ?? null,
    firstFailedAt: failure === null ? null : new Date(failure.firstFailedAt),
    lastFailedAt: failure === null ? null : new Date(failure.lastFailedAt),
    context: failure?.context ?? {},
  };
}

export async function countFailed({ reader }: Database): Promise<BoundedCount> {
  return await countRows(reader, Prisma.sql`from repository where ${FAILED}`);
}
