import type { Repository } from "../../src/domain/repository.js";
import type { WorkKind } from "../../src/domain/work.js";
import type { Database } from "../../src/postgres/database.js";
import type {
  Prisma,
  Repository as RepositoryRow,
  Work,
} from "../../src/postgres/prisma-client/client.js";
import { readForCheck } from "../../src/store/repositories/check-reader.js";
import { findByIds } from "../../src/store/repositories/repository-reader.js";
import type { FailureJson } from "../../src/store/rows.js";

/** What the API shows of a repository's work. */
type Shown = Pick<
  Repository,
  ("attempts" | "lastError" | "lastCheckedAt") | ("nextCheckAt" | "checkIntervalMs" | "checkReason")
>;
export interface WholeRepository extends RepositoryRow, Shown {
  /** Of the failures in a row that `lastError` is the last of. */
  readonly firstError: string | null;
}

/** A repository's row, and what the API shows of its work, both of one moment. */
export async function readRepository(database: Database, id: number): Promise<WholeRepository> {
  return await database.transaction(async (tx) => {
    await tx.$executeRaw`set transaction isolation level repeatable read`;
    const reader = { query: <Row>(sql: Prisma.Sql) => tx.$queryRaw<Row[]>(sql) };
    const row = await tx.repository.findUniqueOrThrow({ where: { id } });
    const [shown] = await findByIds(reader as Parameters<typeof findByIds>[0], [id]);
    if (shown === undefined) throw new Error(`repository ${id} is not shown`);
    const { attempts, lastError, lastCheckedAt, nextCheckAt, checkIntervalMs, checkReason } = shown;
    const work = { attempts, lastError, lastCheckedAt, nextCheckAt, checkIntervalMs, checkReason };
    const rows = await tx.work.findMany({ where: { subjectId: id, kind: { not: "listing" } } });
    const failures = rows.map(({ failure }) => failure as FailureJson | null);
    const last = failures.find((one) => one !== null && one.lastError === lastError);
    return { ...row, ...work, firstError: last?.firstError ?? null };
  });
}

/** Null where there has never been any. */
export async function readWork(
  { primary }: Database,
  kind: WorkKind,
  subjectId: number,
): Promise<Work | null> {
  return await primary.work.findUnique({ where: { kind_subjectId: { kind, subjectId } } });
}

export type WorkData = Partial<Omit<Prisma.WorkUncheckedCreateInput, "kind" | "subjectId">>;

export async function setWork(
  { primary }: Database,
  kind: WorkKind,
  subjectId: number,
  data: WorkData,
): Promise<void> {
  await primary.work.upsert({
    where: { kind_subjectId: { kind, subjectId } },
    create: { reason: "RATE", ...data, kind, subjectId },
    update: data,
  });
}

/** Due for so long already that it comes first; in nobody's hands. */
export async function makeDue(
  database: Database,
  kind: WorkKind,
  subjectId: number,
  data: WorkData = {},
): Promise<void> {
  const longAgo = new Date(0);
  await setWork(database, kind, subjectId, {
    ...{ dueAt: longAgo, claimedUntil: null, isHeld: false },
    ...data,
  });
}

/** Whether the next check looks at the head, whatever a glance would say. */
export async function isLookWanted({ primary }: Database, id: number): Promise<boolean> {
  const [repository] = await readForCheck(primary, [id]);
  return repository?.isLookWanted === true;
}
