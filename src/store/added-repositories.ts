import type { Repository } from "../domain/repository.js";
import { nameKey, type RepositoryName } from "../domain/repository-name.js";
import type { Transaction } from "./database.js";
import { toRepository } from "./rows.js";

export interface NewRepository extends RepositoryName {
  /** GitHub's, where it has told it: one tracked under another name already is found by it. */
  readonly nodeId?: string;
}

export interface AddedRow {
  readonly repository: Repository;
  readonly created: boolean;
}

/**
 * Adds those repositories that no name and no node id leads to yet, due for their first check after
 * `dueInMs`; all of them in one statement, and one more to read them. Answers in the order of `wanted`,
 * which must not hold a name twice; null for one that was removed in the same moment. Several
 * transactions may add the same ones at once: each is added by one of them.
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
      select nextval(pg_get_serial_sequence('repository', 'id'))::int as id, w.*
        from unnest(${keys}::text[], ${wanted.map(({ owner }) => owner)}::text[],
                    ${wanted.map(({ name }) => name)}::text[], ${nodeIds}::text[])
          as w(name_key, owner, name, node_id)
       where not exists (select from repository_name n where n.name_key = w.name_key)
         and not exists (select from repository r where r.node_id = w.node_id)),
    named as (
      insert into repository_name (name_key, repository_id)
      select name_key, id from wanted order by name_key on conflict do nothing
      returning repository_id)
    insert into repository (id, owner, name, track_from, next_check_at)
    select id, owner, name, ${trackFrom}::timestamptz, now() + ${dueInMs} * interval '1 ms'
      from wanted where id in (select repository_id from named)
    returning id`;
  const createdIds = new Set(created.map(({ id }) => id));
  const named = await tx.repositoryName.findMany({
    where: { nameKey: { in: keys } },
    include: { repository: true },
  });
  const identified = await tx.repository.findMany({
    where: { nodeId: { in: nodeIds.filter((nodeId) => nodeId !== null) } },
  });
  const byName = new Map(named.map((row) => [row.nameKey, row.repository]));
  const byNodeId = new Map(identified.map((row) => [row.nodeId, row]));
  return keys.map((key, index) => {
    const nodeId = nodeIds[index] ?? null;
    const row = (nodeId === null ? undefined : byNodeId.get(nodeId)) ?? byName.get(key);
    if (row === undefined) return null;
    return { repository: toRepository(row), created: createdIds.has(row.id) };
  });
}
