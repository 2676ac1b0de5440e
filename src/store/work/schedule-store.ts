import { type RateBucket, WATCHED_WEIGHT } from "../../domain/check-schedule.js";
import { UNSEEN_RATE } from "../../domain/commit-rate.js";
import type { Transaction } from "../../postgres/database.js";
import { saveWatched } from "../repositories/repository-store.js";
import { advanceWork } from "./work-store.js";

/** Four buckets for each factor of e: some sixty for all rates that occur. */
const BUCKETS_PER_E = 4;

/**
 * How many repositories have which weight and about which rate; those never checked have that of a new one,
 * so that many of them added together do not find a budget for the shortest interval each. Reads every row;
 * its callers keep it for a while.
 */
export async function readRateHistogram(tx: Transaction): Promise<RateBucket[]> {
  return await tx.$queryRaw<RateBucket[]>`
    select avg(rate) as rate, weight, count(*)::int as count
      from (select coalesce(rate, ${UNSEEN_RATE}::float8) as rate,
                   case when reason = 'WATCHED' then ${WATCHED_WEIGHT}::int else 1 end as weight
              from work
             where kind = 'check' and due_at is not null
               and subject_id not in (select id from repository where state = 'FAILED')) shares
     group by weight, round(ln(rate) * ${BUCKETS_PER_E}::int)`;
}

/**
 * Whether it is a scheduler's turn to publish a batch that is not full. One turn in so long a time,
 * whatever the number of schedulers: a half empty request costs as much as a full one.
 */
export async function takeTurn(
  tx: Transaction,
  { gatherMs }: { gatherMs: number },
): Promise<boolean> {
  const taken = await tx.$executeRaw`
    update scheduler_turn set next_at = now() + ${gatherMs} * interval '1 ms' where next_at <= now()`;
  return taken > 0;
}

/** Somebody follows these live: due within the shortest interval, and more urgent for so long. */
export async function markWatched(
  tx: Transaction,
  repositoryIds: readonly number[],
  { forMs, dueInMs }: { forMs: number; dueInMs: number },
): Promise<void> {
  const fresh = await saveWatched(tx, repositoryIds, { forMs });
  await advanceWork(tx, "check", fresh, { dueInMs });
}
