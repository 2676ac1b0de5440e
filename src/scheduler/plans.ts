import type { Purpose } from "../domain/rate-account.js";
import type { WalkKind, WorkKind } from "../domain/work.js";
import type { Database } from "../postgres/database.js";
import type { TaskQueue } from "../queue/queue.js";
import { readGenerations } from "../store/work/walk-store.js";
import { cancelWork } from "../store/work/work-store.js";

/** How work of one kind becomes tasks. */
export interface Plan {
  /** What GitHub is asked for it as. */
  readonly purpose: Purpose;
  /** Rows claimed at once. */
  readonly batchSize: number;
  /** One task for all that is claimed at once: it waits for company. */
  readonly isGathered: boolean;
  /** Tasks that may wait for a worker. */
  readonly tasksMax: number;
  /** Publishes the tasks of what was claimed, and returns how many. */
  publish(to: { database: Database; queue: TaskQueue }, ids: readonly number[]): Promise<number>;
}

/** A check is about as many as GitHub tells of at a glance for one point. */
const CHECK_SIZE = 100;

export const PLANS: Readonly<Record<WorkKind, Plan>> = {
  check: {
    ...{ purpose: "live", batchSize: CHECK_SIZE, isGathered: true, tasksMax: 50 },
    async publish({ queue }, ids) {
      await queue.publish("check", { repositoryIds: [...ids] });
      return 1;
    },
  },
  pull: walks("pull", { purpose: "live", tasksMax: 100 }),
  // Few: what waits in its row takes its turn by how long it has waited, whoever came first to the queue.
  backfill: walks("backfill", { purpose: "backfill", tasksMax: 20 }),
  verify: {
    ...{ purpose: "backfill", batchSize: 20, isGathered: false, tasksMax: 20 },
    publish: ({ queue }, ids) =>
      publishEach(ids, (repositoryId) => queue.publish("verify", { repositoryId })),
  },
  listing: {
    ...{ purpose: "live", batchSize: 20, isGathered: false, tasksMax: 20 },
    publish: ({ queue }, ids) =>
      publishEach(ids, (listingId) => queue.publish("listing", { listingId })),
  },
};

function walks(
  kind: WalkKind,
  { purpose, tasksMax }: { purpose: Purpose; tasksMax: number },
): Plan {
  return {
    ...{ purpose, batchSize: tasksMax, isGathered: false, tasksMax },
    async publish({ database, queue }, ids) {
      const rows = await readGenerations(database.primary, ids);
      const known = new Set(rows.map(({ id }) => id));
      for (const id of ids.filter((one) => !known.has(one))) {
        await cancelWork(database.primary, [kind], id); // of a repository that was removed just now
      }
      return await publishEach(rows, ({ id: repositoryId, generation }) =>
        queue.publish(kind, { repositoryId, generation }),
      );
    },
  };
}

async function publishEach<Item>(
  items: readonly Item[],
  publish: (item: Item) => Promise<void>,
): Promise<number> {
  for (const item of items) await publish(item);
  return items.length;
}
