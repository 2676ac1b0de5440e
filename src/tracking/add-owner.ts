import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { TrackerError } from "../domain/errors.js";
import type { Database } from "../postgres/database.js";
import type { TaskQueue } from "../queue/queue.js";
import {
  collectListing,
  type ListingRequest,
  type OwnerListing,
  readListing,
  requestListing,
} from "../store/work/listing-store.js";
import { nudge } from "./nudge.js";

export interface AddOwnerDependencies {
  readonly database: Database;
  readonly queue: TaskQueue;
  readonly logger: Logger;
}

export interface AddOwnerRequest extends ListingRequest {
  /** How long to wait for the result. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

const LOOK_MS_MIN = 50;
const LOOK_MS_MAX = 1_000;

/**
 * Has a worker list an owner's repositories and add them: only workers speak with GitHub. Waits for the
 * result a while, and answers with what there is then; the same request again goes on waiting for the
 * same listing, and begins a new one once its result has been told. Rejects with why it could not be
 * carried through: `NOT_FOUND` for an owner that GitHub does not know.
 */
export async function addOwner(
  { database, queue, logger }: AddOwnerDependencies,
  { waitMs, signal, ...request }: AddOwnerRequest,
): Promise<OwnerListing> {
  const { id, isNew } = await database.transaction((tx) => requestListing(tx, request));
  if (isNew) await nudge({ queue, logger }, "listing", { listingId: id });
  const deadline = performance.now() + waitMs;
  for (let lookMs = LOOK_MS_MIN; ; lookMs = Math.min(2 * lookMs, LOOK_MS_MAX)) {
    const listing = await readListing(database.primary, id);
    if (listing === null) throw new Error(`listing ${id} is gone`);
    if (listing.isFinished) {
      await collectListing(database.primary, id);
      if (listing.failure === null) return listing;
      const { code, message } = listing.failure;
      throw new TrackerError(code, message, { field: "login" });
    }
    const leftMs = deadline - performance.now();
    if (leftMs <= 0 || signal.aborted) return listing;
    await delay(Math.min(lookMs, leftMs), undefined, { signal }).catch(() => {});
  }
}
