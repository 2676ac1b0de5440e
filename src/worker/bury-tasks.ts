import type { Logger } from "pino";
import { TrackerError } from "../domain/errors.js";
import type { Database } from "../postgres/database.js";
import type { Consumer, TaskQueue } from "../queue/queue.js";
import { DELIVERIES_MAX, type TaskKind } from "../queue/task.js";
import { parkRepository } from "../store/repositories/failure-store.js";
import { finishListing } from "../store/work/listing-store.js";
import { finishVerification, readVerification } from "../store/work/verification-store.js";
import { nudge } from "../tracking/nudge.js";

/**
 * Tasks that ended one worker after another are in nobody's hands any more: their repositories are
 * parked, where people see them. A check of many is cut into checks of one each first, so that only the
 * repository that is at fault is parked.
 */
export async function startBuriers({
  database,
  queue,
  logger,
}: {
  database: Database;
  queue: TaskQueue;
  logger: Logger;
}): Promise<Consumer[]> {
  const park = async (task: TaskKind, repositoryId: number) => {
    const reason = `Its ${task} ended ${DELIVERIES_MAX} workers in a row, or was never finished by them; the log says how.`;
    const context = { task, about: "repository", deliveries: DELIVERIES_MAX };
    const { lockedIds } = await database.transaction((tx) =>
      parkRepository(tx, task, repositoryId, { reason, context }),
    );
    if (lockedIds.length > 0) throw new TrackerError("BUSY", "Other work holds this repository.");
    logger.error({ task, repositoryId }, "task is dead, its repository is parked");
  };
  return await Promise.all([
    queue.consumeDead("check", async ({ repositoryIds }) => {
      const [only, ...others] = repositoryIds;
      if (only !== undefined && others.length === 0) return await park("check", only);
      for (const id of repositoryIds)
        await nudge({ queue, logger }, "check", { repositoryIds: [id] });
    }),
    queue.consumeDead("pull", ({ repositoryId }) => park("pull", repositoryId)),
    queue.consumeDead("backfill", ({ repositoryId }) => park("backfill", repositoryId)),
    queue.consumeDead("verify", async ({ repositoryId }) => {
      const error = "It ended one worker after another; the log says how.";
      const asked = await readVerification(database.primary, repositoryId);
      if (asked === null) return;
      await database.transaction((tx) => finishVerification(tx, asked, { error }));
    }),
    queue.consumeDead("listing", async ({ listingId }) => {
      const error = { code: "INTERNAL", message: "It ended one worker after another." } as const;
      await database.transaction((tx) => finishListing(tx, listingId, error));
    }),
  ]);
}
