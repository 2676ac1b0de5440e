import type { Logger } from "pino";
import { isTrackerError } from "../domain/errors.js";
import type { Walk } from "../domain/repository.js";
import type { GitHub } from "../github/github.js";
import type { Database } from "../postgres/database.js";
import { saveHistoryCount } from "../store/work/history-count-store.js";

/**
 * Has GitHub count the first history that is being fetched, for whoever watches it come in. The
 * verification that follows takes the count over, so that it costs no request more. GitHub can run
 * out of time over a huge history: then it is fetched without.
 */
export async function countHistory(
  { database, gitHub }: { database: Database; gitHub: GitHub },
  { repositoryId, nodeId, observedOid: oid, trackFrom }: Walk,
  { signal, logger }: { signal: AbortSignal; logger: Logger },
): Promise<void> {
  // GitHub counts what lies before the tracking start too.
  if (nodeId === null || oid === null || trackFrom !== null) return;
  try {
    const count = await gitHub.commitCount({ nodeId, oid }, { signal, purpose: "backfill" });
    await saveHistoryCount(database.primary, { repositoryId, oid, count });
  } catch (error) {
    if (!signal.aborted && !isTrackerError(error)) throw error;
    logger.info({ err: error }, "first history not counted");
  }
}
