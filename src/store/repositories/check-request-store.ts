import { nameKey, type RepositoryName } from "../../domain/repository-name.js";
import type { Transaction } from "../../postgres/database.js";
import { hurryWork } from "../work/work-store.js";

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
  // Each only where those before found nothing.
  const [row] = await tx.$queryRaw<{ id: number | null }[]>`
    select coalesce(
      (select id from repository where node_id = ${nodeId}),
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
 * Has a repository checked now; whoever asks publishes the task where it was marked. Waits for nobody:
 * one that is paused or removed in the same moment is let alone by its check.
 */
export async function markForCheck(tx: Transaction, repositoryId: number): Promise<MarkedForCheck> {
  const [row] = await tx.$queryRaw<{ isChecked: boolean }[]>`
    select state not in ('PAUSED', 'FAILED') as "isChecked" from repository
     where id = ${repositoryId} and removed_at is null`;
  if (row === undefined) return { isTracked: false, isMarked: false };
  const hurry = () => hurryWork(tx, "check", repositoryId, { isPublished: true });
  const isMarked = row.isChecked && (await hurry());
  return { isTracked: true, isMarked };
}
