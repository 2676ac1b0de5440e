import type { Oid } from "../../domain/commit.js";
import type { RepositoryState } from "../../domain/repository.js";
import { nameKey, type RepositoryName } from "../../domain/repository-name.js";
import { REPOSITORY_WORK } from "../../domain/work.js";
import type { Transaction } from "../../postgres/database.js";
import {
  cancelWork,
  finishWork,
  forgetWork,
  type NextWork,
  requestFirstChecks,
} from "../work/work-store.js";

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
  /** When this check was to be; null where somebody asked for it. */
  readonly dueAt: Date | null;
}

/**
 * Tracks the repository that now has a name of one that is gone from GitHub: another one, whatever it
 * is called. The old row keeps its history; the name leads to the new row. Null when that is tracked
 * already.
 */
export async function insertSuccessor(
  tx: Transaction,
  {
    owner,
    name,
    nodeId,
    trackFrom = null,
  }: RepositoryName & { nodeId: string; trackFrom?: Date | null },
): Promise<number | null> {
  const [row] = await tx.$queryRaw<{ id: number }[]>`
    insert into repository (owner, name, node_id, track_from)
    values (${owner}, ${name}, ${nodeId}, ${trackFrom}::timestamptz)
    on conflict (node_id) do nothing returning id`;
  if (row === undefined) return null;
  await tx.$executeRaw`
    insert into repository_name (name_key, repository_id)
    values (${nameKey({ owner, name })}, ${row.id})
    on conflict (name_key) do update set repository_id = excluded.repository_id`;
  await requestFirstChecks(tx, [row.id]);
  return row.id;
}

export async function readForCheck(
  tx: Transaction,
  ids: readonly number[],
): Promise<CheckedRepository[]> {
  return await tx.$queryRaw<CheckedRepository[]>`
    select r.id, r.generation, r.node_id as "nodeId", r.owner, r.name, r.state::text as state,
           r.default_branch as "defaultBranch", r.is_archived as "isArchived",
           r.is_private as "isPrivate", encode(r.observed_oid, 'hex') as "observedOid",
           cardinality(r.frontier) > 0 and not exists (
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
           case when c.reason <> 'REQUESTED' then c.due_at end as "dueAt"
      from repository r left join work c on c.kind = 'check' and c.subject_id = r.id
     where r.id = any(${ids}::int[]) and r.state <> 'PAUSED' and r.removed_at is null`;
}

/** Checks of repositories that are paused or removed: none is due any more, nor comes back. */
export async function cancelChecks(tx: Transaction, ids: readonly number[]): Promise<void> {
  // Their rows are held: whoever resumes one comes before this or after it.
  const rows = await tx.$queryRaw<{ id: number; isGone: boolean }[]>`
    select id, state = 'PAUSED' or removed_at is not null as "isGone" from repository
     where id = any(${ids}::int[]) order by id for share`;
  const kept = new Set(rows.filter(({ isGone }) => !isGone).map(({ id }) => id));
  for (const id of ids.filter((one) => !kept.has(one))) await cancelWork(tx, ["check"], id);
}

/** What GitHub says of a repository, apart from its head. */
export interface RepositoryFacts extends RepositoryName {
  readonly nodeId: string;
  readonly databaseId: number | null;
  readonly defaultBranch: string | null;
  readonly isArchived: boolean;
  readonly isPrivate: boolean;
  readonly pushedAt: Date | null;
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

/** Gives a repository's names to its twin and removes it; it was only ever known by name. */
export async function mergeIntoTwin(
  tx: Transaction,
  repositoryId: number,
  twinId: number,
): Promise<void> {
  await tx.repositoryName.updateMany({ where: { repositoryId }, data: { repositoryId: twinId } });
  await forgetWork(tx, REPOSITORY_WORK, repositoryId);
  await tx.repository.delete({ where: { id: repositoryId } });
}

/** Identity and flags as a look has shown them; a new name is added to those it is found by. */
export async function saveFacts(
  tx: Transaction,
  repositoryId: number,
  facts: RepositoryFacts,
): Promise<void> {
  const { nodeId, databaseId, owner, name, defaultBranch, isArchived, isPrivate } = facts;
  await tx.$executeRaw`
    update repository
       set node_id = ${nodeId}, database_id = ${databaseId}, owner = ${owner}, name = ${name},
           default_branch = ${defaultBranch}, is_archived = ${isArchived}, is_private = ${isPrivate},
           pushed_at = ${facts.pushedAt}, looked_at = now()
     where id = ${repositoryId}`;
  // GitHub's word on who has a name now outranks ours.
  await tx.$executeRaw`
    insert into repository_name (name_key, repository_id)
    values (${nameKey({ owner, name })}, ${repositoryId})
    on conflict (name_key) do update set repository_id = excluded.repository_id
     where repository_name.repository_id <> excluded.repository_id`;
}

/** A check that found nothing new. */
export interface UnchangedCheck {
  readonly id: number;
  readonly next: NextWork;
  /** Of a look; null after a glance, which leaves what is known of the head as it was. */
  readonly look: { readonly pushedAt: Date | null } | null;
}

/**
 * The checks that found nothing new, all in a statement or two: a glance changes what is due and nothing
 * else. None of them may have failed before (`work-store.ts` on locks).
 */
export async function saveUnchanged(
  tx: Transaction,
  checks: readonly UnchangedCheck[],
): Promise<void> {
  const looked = checks.flatMap(({ id, look }) => (look === null ? [] : [{ id, ...look }]));
  if (looked.length > 0) await saveLooks(tx, looked);
  await finishWork(tx, "check", checks);
}

/** Passes over those that others are writing: they are looked at again. */
async function saveLooks(
  tx: Transaction,
  looks: readonly { id: number; pushedAt: Date | null }[],
): Promise<void> {
  const ids = looks.map(({ id }) => id);
  const pushed = looks.map(({ pushedAt }) => pushedAt?.toISOString() ?? null);
  await tx.$executeRaw`
    update repository r
       set looked_at = now(), pushed_at = greatest(r.pushed_at, looked.pushed_at)
      from unnest(${ids}::int[], ${pushed}::timestamptz[]) as looked(id, pushed_at)
     where r.id = looked.id and r.id in (
       select id from repository where id = any(${ids}::int[]) order by id for update skip locked)`;
}
