import type { Transaction } from "../../postgres/database.js";
import type { FeedStretch } from "../../projections/projection.js";
import { counted } from "./counted.js";

/** Of the projection that all statistics are: counts of `author`, `contributor` and `activity`. */
export const STATISTICS = "statistics";

/** Adds the commits of these events. */
export async function fillStatistics(tx: Transaction, { after, upTo }: FeedStretch): Promise<void> {
  await tx.$executeRaw`
    with changed as materialized (
      select c.*, 1 as count
        from (select id from feed_event where sequence > ${after} and sequence <= ${upTo}) as e
       cross join lateral (
         select repository_id, author_hash, committed_at from commit
          where event_id = e.id and reachable offset 0) as c),
    ${counted()}
    select`;
}

export async function emptyStatistics(tx: Transaction): Promise<void> {
  await tx.$executeRaw`
    update author set reachable_count = 0, first_at = null, last_at = null, spans = '{}'
     where reachable_count <> 0 or first_at is not null`;
  await tx.$executeRaw`delete from contributor`;
  await tx.$executeRaw`delete from activity`;
}
