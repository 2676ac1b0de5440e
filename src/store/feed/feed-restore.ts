import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";

/** No event has a sequence above the one and up to the other, nor will have. */
export interface FeedGap {
  readonly after: bigint;
  readonly upTo: bigint;
}

/**
 * Which database this is. Another one after a dump was restored, anywhere or over what was there, after
 * recovery to a point in time, and after a standby took over.
 */
const here = Prisma.sql`(
  select concat_ws('/', s.system_identifier, c.timeline_id, d.oid, 'feed'::regclass::oid)
    from pg_control_system() s, pg_control_checkpoint() c, pg_database d
   where d.datname = current_database())`;

/**
 * Has the feed go on behind every sequence that may have been given out, where the database is another
 * than it last counted in; the gap that this leaves. Null where it is the same, or not known to be another.
 */
export async function noticeRestore(tx: Transaction): Promise<FeedGap | null> {
  const [feed] = await tx.$queryRaw<{ countedIn: string | null }[]>`
    select counted_in as "countedIn" from feed where counted_in is distinct from ${here} for update`;
  if (feed === undefined) return null;
  if (feed.countedIn !== null) return await resumeFeed(tx);
  await tx.$executeRaw`update feed set counted_in = ${here}`;
  return null;
}

/**
 * The same whatever database it is: a copy of a disk does not show what it is.
 *
 * Nobody knows how far the feed had come. It goes on at the microseconds since 1970: events come slower than
 * that, so whatever was given out before is below, however often a database is restored and from whichever
 * backup.
 */
export async function resumeFeed(tx: Transaction): Promise<FeedGap> {
  const [gap] = await tx.$queryRaw<FeedGap[]>`
    with before as materialized (select sequence from feed for update),
    moved as (
      update feed set counted_in = ${here}, sequence = greatest(
          before.sequence + 1, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
        from before returning before.sequence as after, feed.sequence as up_to)
    insert into feed_gap (after_sequence, up_to_sequence) select after, up_to from moved
    returning after_sequence as after, up_to_sequence as "upTo"`;
  if (gap === undefined) throw new Error("the feed has no counter row");
  return gap;
}
