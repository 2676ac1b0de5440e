import type { Repository, RepositoryState } from "../domain/repository.js";
import { nameKey } from "../domain/repository-name.js";
import type { Database } from "./database.js";
import { databaseError } from "./database-error.js";
import type { Prisma, PrismaClient } from "./prisma-client/client.js";
import { toRepository } from "./rows.js";

/** Of the column's type. */
export const ID_MAX = 2_147_483_647;

/** Rejects with `DATABASE_UNAVAILABLE` where it applies; otherwise the failure as it is. */
async function read<T>(query: Promise<T>): Promise<T> {
  return await query.catch((error: unknown) => {
    throw databaseError(error);
  });
}

/**
 * By id (decimal), or by `owner/name` in any letter case, former names included. Null when there is
 * none. From where commits are read too, so that a repository is never ahead of what is shown of it;
 * from the primary when it is not there yet: whoever has just added a repository finds it.
 */
export async function findRepository(
  { reader, primary }: Database,
  ref: string,
): Promise<Repository | null> {
  const found = await read(findIn(reader, ref));
  return found === null && reader !== primary ? await read(findIn(primary, ref)) : found;
}

async function findIn(client: PrismaClient, ref: string): Promise<Repository | null> {
  const [owner, name, ...rest] = ref.split("/");
  if (owner !== undefined && name !== undefined && rest.length === 0) {
    if (ref.includes("\0")) return null; // PostgreSQL refuses it in a parameter
    const named = await client.repositoryName.findUnique({
      where: { nameKey: nameKey({ owner, name }) },
      include: { repository: true },
    });
    return named === null ? null : toRepository(named.repository);
  }
  if (!/^[1-9]\d{0,9}$/.test(ref) || Number(ref) > ID_MAX) return null;
  const row = await client.repository.findUnique({ where: { id: Number(ref) } });
  return row === null || row.removedAt !== null ? null : toRepository(row);
}

/**
 * In no order; removed ones too, since the feed's old events point to them. What a replica does not
 * have yet is read from the primary.
 */
export async function findRepositoriesByIds(
  { reader, primary }: Database,
  ids: readonly number[],
): Promise<Repository[]> {
  const findIn = (client: PrismaClient, wanted: readonly number[]) =>
    read(client.repository.findMany({ where: { id: { in: [...wanted] } } }));
  const rows = await findIn(reader, ids);
  const found = new Set(rows.map(({ id }) => id));
  const missing = ids.filter((id) => !found.has(id));
  if (missing.length > 0 && reader !== primary) rows.push(...(await findIn(primary, missing)));
  return rows.map(toRepository);
}

export interface RepositoryFilter {
  readonly states?: readonly RepositoryState[] | undefined;
  readonly owner?: string | undefined;
  /** Part of the name, without the owner. */
  readonly nameContains?: string | undefined;
}

/** In the order they were added, after the given id; one more than `first` where there are more. */
export async function listRepositories(
  { reader }: Database,
  { first, after, filter }: { first: number; after: number; filter: RepositoryFilter },
): Promise<Repository[]> {
  const rows = await read(
    reader.repository.findMany({
      where: { ...whereOf(filter), id: { gt: after } },
      orderBy: { id: "asc" },
      take: first + 1,
    }),
  );
  return rows.map(toRepository);
}

export async function countRepositories(
  { reader }: Database,
  filter: RepositoryFilter,
): Promise<number> {
  return await read(reader.repository.count({ where: whereOf(filter) }));
}

function whereOf({ states, owner, nameContains }: RepositoryFilter): Prisma.RepositoryWhereInput {
  return {
    removedAt: null,
    ...(states !== undefined && { state: { in: [...states] } }),
    ...(owner !== undefined && {
      owner: { equals: literalPattern(owner), mode: "insensitive" as const },
    }),
    ...(nameContains !== undefined && {
      name: { contains: literalPattern(nameContains), mode: "insensitive" as const },
    }),
  };
}

/** Prisma compares without regard to case by ILIKE, where some characters stand for others. */
function literalPattern(text: string): string {
  return text.replaceAll("\0", "\uFFFD").replace(/[\\%_]/g, "\\$&");
}
