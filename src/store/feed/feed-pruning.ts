import type { Transaction } from "../../postgres/database.js";

/** Any number, the same in every process: one prunes at a time. */
const PRUNING_LOCK = 7_236_003;

/**
 * Takes the oldest events off the feed, as long as they are older than that, at most `limit` of them;
 * returns how many. What a commit was announced by stays, for its sequence and `firstSeenAt`, without
 * lists. All in one transaction, the boundary last: whoever reads sees the events, or that they are
 * gone, and the feed's row is locked for one small write. None when another process is at it.
 */
export async function pruneFeed(
  tx: Transaction,
  { olderThanMs, limit }: { olderThanMs: number; limit: number },
): Promise<number> {
  const [plan] = await tx.$queryRaw<{ mine: boolean; oldest: bigint; target: bigint | null }[]>`
    select pg_try_advisory_xact_lock(${PRUNING_LOCK}) as mine, feed.oldest_sequence as oldest,
           (select coalesce(min(sequence) filter (
                     where ingested_at >= now() - ${olderThanMs} * interval '1 ms'),
                   max(sequence) + 1)
              from (select sequence, ingested_at from feed_event
                     where sequence >= feed.oldest_sequence order by sequence limit ${limit}) e
           ) as target
      from feed`;
  if (plan === undefined || !plan.mine || plan.target === null) return 0;
  const { oldest, target } = plan;
  if (target === oldest) return 0;
  await tx.$executeRaw`delete from feed_author where sequence < ${target}`;
  await tx.$executeRaw`
    delete from feed_event e where sequence >= ${oldest} and sequence < ${target}
       and not exists (select from commit c where c.event_id = e.id)`;
  await tx.$executeRaw`
    update feed_event set orphaned_oids = '{}', restored_oids = '{}'
     where sequence >= ${oldest} and sequence < ${target}
       and cardinality(orphaned_oids) + cardinality(restored_oids) > 0`;
  await tx.$executeRaw`update feed set oldest_sequence = greatest(oldest_sequence, ${target})`;
  return Number(target - oldest);
}

/** Deletes those of these events that are off the feed and that no commit points to any more. */
export async function deleteForgottenAmong(
  tx: Transaction,
  eventIds: readonly string[],
): Promise<void> {
  await tx.$executeRaw`
    delete from feed_event e using feed
     where e.id = any(${eventIds}::text[]::bigint[]) and e.sequence < feed.oldest_sequence
       and not exists (select from commit c where c.event_id = e.id)`;
}

/** The same of all events of a repository. */
export async function deleteForgottenEvents(tx: Transaction, repositoryId: number): Promise<void> {
  await tx.$executeRaw`
    delete from feed_event e using feed
     where e.repository_id = ${repositoryId} and e.sequence < feed.oldest_sequence
       and not exists (select from commit c where c.event_id = e.id)`;
}
