import type { Repository } from "../../domain/repository.js";
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
import { toRepository } from "../rows.js";

/** A repository that was given up for now, and why. */
export interface FailedTask {
  readonly repository: Repository;
  readonly firstError: string | null;
  readonly firstFailedAt: Date | null;
  readonly lastFailedAt: Date | null;
  readonly context: Readonly<Record<string, unknown>>;
}

const FAILED = { state: "FAILED", removedAt: null } as const;

/** In the order the repositories were added; one more than asked for where there are more, at the page's far end. */
export async function listFailed({ reader }: Database, page: IdPage): Promise<FailedTask[]> {
  const { where, ...rest } = idPage(page, "asc");
  const rows = await read(
    reader.prisma.repository.findMany({ where: { ...FAILED, ...where }, ...rest }),
  );
  return inOrder(rows, page).map((row) => ({
    repository: toRepository(row),
    firstError: row.firstError,
    firstFailedAt: row.firstFailedAt,
    lastFailedAt: row.lastFailedAt,
    context: { ...(row.failureContext as object | null) },
  }));
}

export async function countFailed({ reader }: Database): Promise<BoundedCount> {
  const take = COUNTED_MAX + 1;
  return boundedCount(await read(reader.prisma.repository.count({ where: FAILED, take })));
}
