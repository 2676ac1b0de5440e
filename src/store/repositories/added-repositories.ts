import type { Repository } from "../../domain/repository.js";
import { nameKey, type RepositoryName } from "../../domain/repository-name.js";
import type { Transaction } from "../../postgres/database.js";
import type { Repository as RepositoryRow } from "../../postgres/prisma-client/client.js";
import { toRepository } from "../rows.js";

export interface NewRepository extends RepositoryName {
  /** GitHub's, where it has told it: one that is tracked under another name is found by it. */
  readonly nodeId?: string;
  readonly databaseId?: number | null;
}

export interface AddedRow {
  readonly repository: Repository;
  readonly created: boolean;
}

/**
 * Adds those repositories that no name and no node id leads to yet, due for their first check after
 * `dueInMs`; all of them in one statement, and one more to read them. Answers in the order of `wanted`,
 * which must not hold a name twice; null for one that was removed in the same moment, or whose name
 * leads to another repository. Several transactions may add the same ones at once: each is added by
 * one of them.
 */
export async function insertRepositories(
  tx: Transaction,
  wanted: readonly NewRepository[],
  { trackFrom, dueInMs }: { trackFrom: Date | null; dueInMs: number },
): Promise<(AddedRow | null)[]> {
  if (wanted.length === 0) return [];
  const keys = wanted.map(nameKey);
  const nodeIds = wanted.map(({ nodeId }) => nodeId ?? null);
  // The name decides who is first. It comes before the row it points to: foreign keys are checked at
  // the statement's end. In the order of names, so that two transactions never wait for each other.
  const created = await tx.$queryRaw<{ id: number }[]>`
    with wanted as materialized (
      select nextval(pg_get_serial_sequence('repository', 'id'))::int as id, fresh.*
        from (
          select w.name_key, w.owner, w.name
            from unnest(${keys}::text[], ${wanted.map(({ owner }) => owner)}::text[],
                        ${wanted.map(({ name }) => name)}::text[], ${nodeIds}::text[])
              with ordinality as w(name_key, owner, name, node_id, place)
           where not exists (select from repository_name n where n.name_key = w.name_key)
             and not exists (select from repository r where r.node_id = w.node_id)
           order by place) fresh),
    named as (
      insert into repository_name (name_key, repository_id)
      select name_key, id from wanted order by name_key on conflict do nothing
      returning repository_id)
    insert into repository (id, owner, name, track_from, next_check_at)
    select id, owner, name, ${trackFrom}::timestamptz, now() + ${dueInMs} * interval '1 ms'
      from wanted where id in (select repository_id from named)
    returning id`;
  const createdIds = new Set(created.map(({ id }) => id));
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
  const names = await tx.repositoryName.findMany({
    where: { nameKey: { in: wanted.map(nameKey) } },
    include: { repository: true },
  });
  const identified =
    nodeIds.length === 0
      ? []
      : await tx.repository.findMany({ where: { nodeId: { in: nodeIds } } });
  const byName = new Map(names.map((row) => [row.nameKey, row.repository]));
  const byNodeId = new Map(identified.map((row) => [row.nodeId, row]));
  return wanted.map((one) => {
    const named = byName.get(nameKey(one));
    const row =
      byNodeId.get(one.nodeId ?? null) ?? (named && isSame(one, named) ? named : undefined);
    return row === undefined ? null : toRepository(row);
  });
}

/** As far as both are known to GitHub. Its node ids have had two forms; the number outlives them. */
function isSame({ nodeId, databaseId }: NewRepository, row: RepositoryRow): boolean {
  if (nodeId === undefined || row.nodeId === null || row.nodeId === nodeId) return true;
  return databaseId != null && row.databaseId === BigInt(databaseId);
}
