import { nameKey, type RepositoryName } from "../../domain/repository-name.js";
import type { Transaction } from "../../postgres/database.js";

/** A repository as GitHub speaks of it. */
export interface GitHubIdentity extends RepositoryName {
  /** Maybe in the legacy form, which is not the one that is stored. */
  readonly nodeId: string;
  readonly databaseId: number;
}

/**
 * The tracked repository that this is, by node id, else by database id, else by name. Null when
 * there is none.
 */
export async function findByIdentity(
  tx: Transaction,
  { nodeId, databaseId, owner, name }: GitHubIdentity,
): Promise<number | null> {
  // Each only where those before found nothing. The second spares a search by database id, which
  // has no index, wherever the name is still the same.
  const [row] = await tx.$queryRaw<{ id: number | null }[]>`
    select coalesce(
      (select id from repository where node_id = ${nodeId}),
      (select id from repository join repository_name on repository_id = id
        where name_key = ${nameKey({ owner, name })} and database_id = ${databaseId}::bigint),
      (select id from repository where database_id = ${databaseId}::bigint limit 1),
      (select repository_id from repository_name where name_key = ${nameKey({ owner, name })})) as id`;
  return row?.id ?? null;
}

export interface MarkedForCheck {
  /** False too once it was removed. */
  readonly isTracked: boolean;
  /** False where it is paused, given up, or on its way already. */
  readonly isMarked: boolean;
}

/**
 * Marks a repository as asked for. Its check is due at the end of the lease, or earlier where it was
 * to be already: whoever marks publishes the task, and the scheduler finds it should that be lost.
 */
export async function markForCheck(
  tx: Transaction,
  repositoryId: number,
  { leaseMs }: { leaseMs: number },
): Promise<MarkedForCheck> {
  const [row] = await tx.$queryRaw<MarkedForCheck[]>`
    with marked as (
      update repository
         set is_look_wanted = true, check_reason = 'REQUESTED',
             next_check_at = case when next_check_at <= now() then now() + ${leaseMs} * interval '1 ms'
               else least(next_check_at, now() + ${leaseMs} * interval '1 ms') end
       where id = ${repositoryId} and state not in ('PAUSED', 'FAILED') and removed_at is null
         -- One that is on its way already answers for all who ask meanwhile.
         and not (is_look_wanted and check_reason = 'REQUESTED' and next_check_at > now())
      returning id)
    select exists (select from marked) as "isMarked",
           exists (select from repository where id = ${repositoryId} and removed_at is null)
             as "isTracked"`;
  if (row === undefined) throw new Error("select returned no row");
  return row;
}
