import type { Oid } from "../../domain/commit.js";
import type { RepositoryState } from "../../domain/repository.js";
import type { Transaction } from "../../postgres/database.js";

/** What a check needs to know of a repository before it asks GitHub. */
export interface CheckedRepository {
  readonly id: number;
  readonly generation: number;
  readonly nodeId: string | null;
  readonly owner: string;
  readonly name: string;
  readonly state: RepositoryState;
  readonly defaultBranch: string | null;
  readonly isArchived: boolean;
  readonly isPrivate: boolean;
  readonly observedOid: Oid | null;
  /** Something is to be fetched, and nobody is about to. */
  readonly isWalkLost: boolean;
  /** A first history is to be fetched of which nothing has come in yet. */
  readonly isAwaitingHistory: boolean;
  readonly attempts: number;
  /** As of the last look at the head. */
  readonly pushedAt: Date | null;
  readonly lookedAt: Date | null;
  /** Somebody asked for this check, or GitHub rang: the head counts, whatever `pushedAt` says. */
  readonly isLookWanted: boolean;
  readonly rateWeight: number;
  readonly rateAt: Date;
  readonly lastCommitAt: Date | null;
  readonly createdAt: Date;
  readonly watchedUntil: Date | null;
  /** When this check was to be. */
  readonly dueAt: Date | null;
  /** Somebody asked for it. */
  readonly isRequested: boolean;
}

export async function readForCheck(
  tx: Transaction,
  ids: readonly number[],
): Promise<CheckedRepository[]> {
  return await tx.$queryRaw<CheckedRepository[]>`
    select r.id, r.generation, r.node_id as "nodeId", r.owner, r.name, r.state::text as state,
           r.default_branch as "defaultBranch", r.is_archived as "isArchived",
           r.is_private as "isPrivate", encode(r.observed_oid, 'hex') as "observedOid",
           exists (
             select from unnest(r.frontier) f(oid) where not exists (
               select from passed_commit p
                where p.repository_id = r.id and p.oid = f.oid
                  and p.attempts > 0 and p.retry_at > now())) and not exists (
             select from work w where w.kind in ('pull', 'backfill') and w.subject_id = r.id
                and w.due_at is not null) as "isWalkLost",
           r.head_oid is null and cardinality(r.frontier) > 0 and r.walk_oid is null
             as "isAwaitingHistory",
           coalesce(c.attempts, 0) as attempts, r.pushed_at as "pushedAt",
           r.looked_at as "lookedAt",
           coalesce(c.reason in ('REQUESTED', 'ADDED'), true) as "isLookWanted",
           r.rate_weight as "rateWeight", r.rate_at as "rateAt",
           r.last_commit_at as "lastCommitAt", r.created_at as "createdAt",
           r.watched_until as "watchedUntil",
           c.due_at as "dueAt", coalesce(c.reason = 'REQUESTED', false) as "isRequested"
      from repository r left join work c on c.kind = 'check' and c.subject_id = r.id
     where r.id = any(${ids}::int[]) and r.state <> 'PAUSED' and r.removed_at is null`;
}

/** Another row that already stands for this node id: the same repository, added under another name. */
export async function findTwin(
  tx: Transaction,
  repositoryId: number,
  nodeId: string,
): Promise<number | null> {
  const row = await tx.repository.findFirst({
    where: { nodeId, id: { not: repositoryId } },
    select: { id: true },
  });
  return row?.id ?? null;
}
