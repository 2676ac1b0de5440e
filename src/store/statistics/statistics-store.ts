import type { Oid } from "../../domain/commit.js";
import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import type { FeedStretch } from "../../projections/projection.js";
import { holdMark } from "../projections/projection-store.js";
import { counted } from "./counted.js";
import { redate } from "./redate.js";
import { sumUpLarge } from "./summed-up.js";

/** Of the projection that all statistics are: counts of `author`, `contributor`, `contribution` and `activity`. */
export const STATISTICS_PROJECTION = "statistics";

/** Adds the commits of these events. */
export async function fillStatistics(tx: Transaction, stretch: FeedStretch): Promise<void> {
  await tx.$executeRaw`
    with changed as materialized (
      select c.*, 1 as count
        from (select id from feed_event
               where sequence > ${stretch.after} and sequence <= ${stretch.upTo}) as e
       cross join lateral (
         select repository_id, author_hash, committed_at from commit
          where event_id = e.id and reachable offset 0) as c),
    ${counted()}
    select`;
  await sumUpLarge(tx, stretch);
}

export async function emptyStatistics(tx: Transaction): Promise<void> {
  await tx.$executeRaw`
    update author set reachable_count = 0, first_at = null, last_at = null
     where reachable_count <> 0 or first_at is not null`;
  await tx.$executeRaw`delete from contributor`;
  await tx.$executeRaw`delete from contribution`;
  await tx.$executeRaw`delete from activity`;
}

/** Any number, the same in every process. */
const CHANGE_LOCK = 7_236_005;

/**
 * For whoever changes what statistics hold: keeps them as filled as they are until the transaction ends,
 * and all others who change them out, since these meet in the rows of people; returns how far that is.
 */
export async function holdStatistics(tx: Transaction): Promise<bigint> {
  const mark = await holdMark(tx, STATISTICS_PROJECTION);
  await tx.$executeRaw`select pg_advisory_xact_lock(${CHANGE_LOCK}::int, 0)`;
  return mark;
}

/** Counts these stored commits in, or out, after they have become reachable or are no longer. */
export async function countFlipped(
  tx: Transaction,
  repositoryId: number,
  oids: readonly Oid[],
  { isReachable }: { readonly isReachable: boolean },
): Promise<void> {
  if (oids.length === 0) return;
  const mark = await holdStatistics(tx);
  const flipped = Prisma.sql`
    select c.* from unnest(${oids}::text[]) as flipped(oid) cross join lateral (
      select repository_id, author_hash, committed_at, event_id from commit
       where repository_id = ${repositoryId} and oid = decode(flipped.oid, 'hex') offset 0) as c`;
  await tx.$executeRaw`
    with changed as materialized (
      select f.repository_id, f.author_hash, f.committed_at, ${isReachable ? 1 : -1}::int as count
        from (${flipped}) as f join feed_event e on e.id = f.event_id
       where e.sequence <= ${mark}),
    ${counted()}
    select`;
  if (isReachable) return;
  const authors = await tx.$queryRaw<{ hash: string }[]>`
    select distinct author_hash::text as hash from (${flipped}) as f`;
  const hashes = authors.map(({ hash }) => hash);
  await redate(tx, repositoryId, hashes);
}
