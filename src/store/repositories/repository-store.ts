import type { Oid } from "../../domain/commit.js";
import type { CheckReason, RepositoryState } from "../../domain/repository.js";
import { nameKey, type RepositoryName } from "../../domain/repository-name.js";
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
  readonly isWalking: boolean;
  readonly attempts: number;
  /** As of the last look at the head, once that push was sure to be in it. */
  readonly pushedAt: Date | null;
  readonly lookedAt: Date | null;
  readonly isLookWanted: boolean;
  readonly rateWeight: number;
  readonly rateAt: Date;
  readonly lastCommitAt: Date | null;
  readonly createdAt: Date;
  readonly watchedUntil: Date | null;
  /** When this check was to be; null where somebody asked for it. */
  readonly dueAt: Date | null;
}

/** When to check next, and why then. */
export interface ScheduledCheck {
  /** For `WALK` a lease: when the walk's task is lost, a check finds the walk and goes on. */
  readonly delayMs: number;
  /** Null leaves it as it was. */
  readonly checkRate: number | null;
  readonly reason: CheckReason;
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
  return row.id;
}

export interface Claimed {
  readonly id: number;
  /** How long it had been due. */
  readonly lateMs: number;
}

/**
 * Claims repositories that are due, the longest due first, by moving their next check forward by
 * the lease: a scheduler that dies with a claim loses it by itself. Any number may claim at once.
 * Nothing when there are fewer than `atLeast`.
 */
export async function claimDue(
  tx: Transaction,
  { limit, leaseMs, atLeast = 1 }: { limit: number; leaseMs: number; atLeast?: number },
): Promise<Claimed[]> {
  return await tx.$queryRaw<Claimed[]>`
    with due as materialized (
      select id, next_check_at from repository where next_check_at <= now()
       order by next_check_at limit ${limit} for update skip locked)
    update repository r set next_check_at = now() + ${leaseMs} * interval '1 ms'
      from due where r.id = due.id and (select count(*) from due) >= ${atLeast}
    returning r.id, (extract(epoch from now() - due.next_check_at) * 1000)::float8 as "lateMs"`;
}

/** Makes every walk under way due at once: for a start that knows that all tasks are gone. */
export async function releaseWalks(tx: Transaction): Promise<void> {
  await tx.$executeRaw`
    update repository set next_check_at = now()
     where cardinality(frontier) > 0 and state not in ('PAUSED', 'FAILED') and next_check_at > now()`;
}

export async function readForCheck(
  tx: Transaction,
  ids: readonly number[],
): Promise<CheckedRepository[]> {
  return await tx.$queryRaw<CheckedRepository[]>`
    select id, generation, node_id as "nodeId", owner, name, state::text as state,
           default_branch as "defaultBranch", is_archived as "isArchived",
           is_private as "isPrivate", encode(observed_oid, 'hex') as "observedOid",
           cardinality(frontier) > 0 as "isWalking", attempts, pushed_at as "pushedAt",
           looked_at as "lookedAt", is_look_wanted as "isLookWanted", rate_weight as "rateWeight",
           rate_at as "rateAt", last_commit_at as "lastCommitAt", created_at as "createdAt",
           watched_until as "watchedUntil",
           case when check_reason <> 'REQUESTED'
                then coalesce(greatest(last_checked_at, last_fetched_at)
                                + check_interval_ms * interval '1 ms', created_at) end as "dueAt"
      from repository
     where id = any(${ids}::int[]) and state <> 'PAUSED' and removed_at is null`;
}

/** What GitHub says of a repository, apart from its head. */
export interface RepositoryFacts extends RepositoryName {
  readonly nodeId: string;
  readonly databaseId: number | null;
  readonly defaultBranch: string | null;
  readonly isArchived: boolean;
  readonly isPrivate: boolean;
  /** What a later glance is to be compared with. */
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
  await tx.repository.delete({ where: { id: repositoryId } });
}

/** Identity and flags as a look has shown them; a new name is added to those it is found by. */
export async function saveFacts(
  tx: Transaction,
  repositoryId: number,
  facts: RepositoryFacts,
): Promise<void> {
  const { nodeId, databaseId, owner, name, defaultBranch, isArchived, isPrivate, pushedAt } = facts;
  await tx.$executeRaw`
    update repository
       set node_id = ${nodeId}, database_id = ${databaseId}, owner = ${owner}, name = ${name},
           default_branch = ${defaultBranch}, is_archived = ${isArchived}, is_private = ${isPrivate},
           pushed_at = ${pushedAt}, looked_at = now(), is_look_wanted = false
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
  readonly next: ScheduledCheck;
  /** Of a look; null after a glance, which leaves what is known of the head as it was. */
  readonly look: { readonly pushedAt: Date | null } | null;
}

/** The checks that found nothing new, all in one statement. */
export async function saveUnchanged(
  tx: Transaction,
  checks: readonly UnchangedCheck[],
): Promise<void> {
  if (checks.length === 0) return;
  const pushed = checks.map(({ look }) => look?.pushedAt?.toISOString() ?? null);
  await tx.$executeRaw`
    update repository r
       set last_checked_at = now(), attempts = 0, last_error = null, first_error = null,
           first_failed_at = null, last_failed_at = null, failure_context = null,
           looked_at = case when done.is_look then now() else looked_at end,
           is_look_wanted = is_look_wanted and not done.is_look,
           pushed_at = case when done.is_look then done.pushed_at else r.pushed_at end,
           check_rate = coalesce(done.check_rate, r.check_rate),
           check_reason = done.reason::check_reason, check_interval_ms = done.delay_ms,
           next_check_at = case when r.state = 'PAUSED' then r.next_check_at
                                else now() + done.delay_ms * interval '1 ms' end
      from unnest(${checks.map(({ id }) => id)}::int[],
                  ${checks.map(({ next }) => next.delayMs)}::int[],
                  ${checks.map(({ next }) => next.checkRate)}::float8[],
                  ${checks.map(({ next }) => next.reason)}::text[],
                  ${checks.map(({ look }) => look !== null)}::bool[],
                  ${pushed}::timestamptz[])
        as done(id, delay_ms, check_rate, reason, is_look, pushed_at)
     where r.id = done.id`;
}
