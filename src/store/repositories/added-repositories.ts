import type { Repository } from "../../domain/repository.js";
import { nameKey } from "../../domain/repository-name.js";
import type { Transaction } from "../../postgres/database.js";
import { REPOSITORY_COLUMNS, REPOSITORY_SOURCE } from "../rows.js";
import { requestFirstChecks } from "../work/work-store.js";
import { insertRows, type NewRepository } from "./repository-store.js";

interface TrackedRow extends Repository {
  /** Of the name that it was found by. */
  readonly nameKey: string | null;
  readonly nodeId: string | null;
  readonly databaseId: bigint | null;
}

export interface AddedRow {
  readonly repository: Repository;
  readonly created: boolean;
}

/**
 * Adds those repositories that no name and no node id leads to yet, their first checks due; the caller
 * publishes these. All of them in one statement, one for their checks, and one more to read them. Answers in the order of `wanted`,
 * which must not hold a name twice; null for one that was removed in the same moment, or whose name
 * leads to another repository. Several transactions may add the same ones at once: each is added by
 * one of them.
 */
export async function insertRepositories(
  tx: Transaction,
  wanted: readonly NewRepository[],
  { trackFrom }: { trackFrom: Date | null },
): Promise<(AddedRow | null)[]> {
  if (wanted.length === 0) return [];
  const created = await insertRows(tx, wanted, { trackFrom });
  await requestFirstChecks(tx, created);
  const createdIds = new Set(created);
  const rows = await findTracked(tx, wanted);
  return rows.map((repository) => {
    return repository && { repository, created: createdIds.has(repository.id) };
  });
}

/**
 * What each of them is tracked as: by node id, else by name; null where it is not, also where its name
 * still leads to another repository.
 */
export async function findTracked(
  tx: Transaction,
  wanted: readonly NewRepository[],
): Promise<(Repository | null)[]> {
  const nodeIds = wanted.flatMap(({ nodeId }) => (nodeId === undefined ? [] : [nodeId]));
  const found = await tx.$queryRaw<TrackedRow[]>`
    select ${REPOSITORY_COLUMNS}, n.name_key as "nameKey", r.node_id as "nodeId",
           r.database_id as "databaseId"
      from repository_name n join (${REPOSITORY_SOURCE}) on r.id = n.repository_id
     where n.name_key = any(${wanted.map(nameKey)}::text[])
     union all
    select ${REPOSITORY_COLUMNS}, null, r.node_id, r.database_id
      from ${REPOSITORY_SOURCE} where r.node_id = any(${nodeIds}::text[])`;
  const byName = new Map(found.map((row) => [row.nameKey, row]));
  const byNodeId = new Map(found.map((row) => [row.nodeId, row]));
  return wanted.map((one) => {
    const named = byName.get(nameKey(one));
    const identified = one.nodeId === undefined ? undefined : byNodeId.get(one.nodeId);
    const row = identified ?? (named && isSame(one, named) ? named : undefined);
    if (row === undefined) return null;
    const { nameKey: _key, nodeId: _id, databaseId: _number, ...repository } = row;
    return repository;
  });
}

/** As far as both are known to GitHub. Its node ids have had two forms; the number outlives them. */
function isSame({ nodeId, databaseId }: NewRepository, row: TrackedRow): boolean {
  if (nodeId === undefined || row.nodeId === null || row.nodeId === nodeId) return true;
  return databaseId != null && row.databaseId === BigInt(databaseId);
}
