import type { Oid } from "../../domain/commit.js";
import { withDescendants } from "../../domain/descendants.js";
import type { Transaction } from "../../postgres/database.js";
import { readLastSequence } from "../feed/last-sequence.js";

/** A reachable commit that has a child dated before it. */
export interface EarlyChild {
  readonly oid: Oid;
  readonly committedAt: Date;
  /** Of the earliest of such children. */
  readonly childAt: Date;
}

/** What the deletion of all commits dated from then on has to know and no index tells. */
export interface DeletionPlan {
  /** Of the repository's last event: without a later one, nothing of this has changed. */
  readonly sequence: bigint;
  /** Of the reachable commits that go. */
  readonly earlyChildren: readonly EarlyChild[];
  /** Orphans dated before then that lead to what goes. */
  readonly dependentOids: readonly Oid[];
}

/** Reads the repository's whole history once. */
export async function planDeletion(
  tx: Transaction,
  repositoryId: number,
  from: Date,
): Promise<DeletionPlan> {
  const sequence = await readLastSequence(tx, repositoryId); // first: what comes meanwhile makes it old
  return {
    sequence,
    earlyChildren: await findEarlyChildren(tx, repositoryId, from),
    dependentOids: await findDependents(tx, repositoryId, from),
  };
}

/** Whether a plan holds as it is; the caller keeps the repository's row locked. */
export async function isCurrent(
  tx: Transaction,
  repositoryId: number,
  { sequence }: DeletionPlan,
): Promise<boolean> {
  return sequence === (await readLastSequence(tx, repositoryId));
}

/** How many commits a deletion from then on deletes. */
export async function countCommitsFrom(
  tx: Transaction,
  repositoryId: number,
  from: Date,
): Promise<number> {
  const [row] = await tx.$queryRaw<{ count: bigint }[]>`
    select count(*) as count from commit
     where repository_id = ${repositoryId} and reachable in (true, false) -- for the index
       and committed_at >= ${from}::timestamptz`;
  const dependents = await findDependents(tx, repositoryId, from);
  return Number(row?.count ?? 0n) + dependents.length;
}

async function findEarlyChildren(
  tx: Transaction,
  repositoryId: number,
  from: Date,
): Promise<EarlyChild[]> {
  return await tx.$queryRaw<EarlyChild[]>`
    with parent as materialized (
      select oid, committed_at from commit
       where repository_id = ${repositoryId} and reachable = true
         and committed_at >= ${from}::timestamptz)
    select encode(parent.oid, 'hex') as oid, parent.committed_at as "committedAt",
           min(child.committed_at) as "childAt"
      from commit child cross join unnest(child.parents) as own(oid)
      join parent on parent.oid = own.oid and parent.committed_at > child.committed_at
     where child.repository_id = ${repositoryId} and child.reachable = true
     group by parent.oid, parent.committed_at`;
}

/**
 * An orphan may come back, and then its whole history has to be there: it goes with what it leads to.
 * Those dated later go anyway. Where one dated earlier leads to what goes (clocks are wrong), its
 * descendants are found here: a recursive query would look through all orphans for each of them.
 */
async function findDependents(tx: Transaction, repositoryId: number, from: Date): Promise<Oid[]> {
  const orphans = await tx.$queryRaw<{ oid: Oid; parents: Oid[]; isNext: boolean }[]>`
    with orphan as materialized (
      select oid, parents, exists (
               select from unnest(parents) as parent(oid)
                 join commit c on c.repository_id = ${repositoryId} and c.oid = parent.oid
                  and c.committed_at >= ${from}::timestamptz) as is_next
        from commit
       where repository_id = ${repositoryId} and reachable = false
         and committed_at < ${from}::timestamptz)
    select encode(oid, 'hex') as oid, array(select encode(p, 'hex') from unnest(parents) p) as parents,
           is_next as "isNext"
      from orphan where exists (select from orphan where is_next)`;
  const next = orphans.filter(({ isNext }) => isNext).map(({ oid }) => oid);
  return withDescendants(next, orphans);
}
