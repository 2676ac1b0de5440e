import type { Purpose } from "../domain/rate-account.js";
import type { WalkKind, WorkKind } from "../domain/work.js";
import type { Database } from "../postgres/database.js";
import type { TaskQueue } from "../queue/queue.js";
import { readGenerations } from "../store/work/walk-store.js";

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
  /** The tasks of what was claimed; none of what has been removed meanwhile. */
  tasksOf(database: Database, ids: readonly number[]): Promise<readonly PlannedTask[]>;
}

export interface PlannedTask {
  /** What it is about, of what was claimed. */
  readonly ids: readonly number[];
  publish(queue: TaskQueue): Promise<void>;
}

/** A check is about as many as GitHub tells of at a glance for one point. */
const CHECK_SIZE = 100;

export const PLANS: Readonly<Record<WorkKind, Plan>> = {
  check: {
    ...{ purpose: "live", batchSize: CHECK_SIZE, isGathered: true, tasksMax: 50 },
    tasksOf: async (_database, ids) => [
      { ids, publish: (queue) => queue.publish("check", { repositoryIds: [...ids] }) },
    ],
  },
  pull: walks("pull", { purpose: "live", tasksMax: 100 }),
  // Few: what waits in its row takes its turn by how long it has waited, whoever came first to the queue.
  backfill: walks("backfill", { purpose: "backfill", tasksMax: 20 }),
  verify: {
    ...{ purpose: "backfill", batchSize: 20, isGathered: false, tasksMax: 20 },
    tasksOf: async (_database, ids) =>
      ids.map((id) => ({
        ids: [id],
        publish: (queue) => queue.publish("verify", { repositoryId: id }),
      })),
  },
  listing: {
    ...{ purpose: "live", batchSize: 20, isGathered: false, tasksMax: 20 },
    tasksOf: async (_database, ids) =>
      ids.map((id) => ({
        ids: [id],
        publish: (queue) => queue.publish("listing", { listingId: id }),
      })),
  },
};

function walks(
  kind: WalkKind,
  { purpose, tasksMax }: { purpose: Purpose; tasksMax: number },
): Plan {
  return {
    ...{ purpose, batchSize: tasksMax, isGathered: false, tasksMax },
    async tasksOf(database, ids) {
      const rows = await readGenerations(database.primary, ids);
      return rows.map(({ id, generation }) => ({
        ids: [id],
        publish: (queue) => queue.publish(kind, { repositoryId: id, generation }),
      }));
    },
  };
}
