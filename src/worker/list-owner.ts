import type { Logger } from "pino";
import { ERROR_CODES, isTrackerError, type TrackerError } from "../domain/errors.js";
import { guessHistoryPoints } from "../domain/history-points.js";
import type { GitHub, OwnedRepository, OwnerPage } from "../github/github.js";
import type { Database, Transaction } from "../postgres/database.js";
import type { TaskQueue } from "../queue/queue.js";
import type { TaskPayload } from "../queue/task.js";
import { findTracked, insertRepositories } from "../store/repositories/added-repositories.js";
import { insertSuccessor } from "../store/repositories/repository-store.js";
import {
  finishListing,
  type ListedPage,
  type ListedRepository,
  type ListingFailure,
  lockListing,
  type OwnerListing,
  readListing,
  saveListedPage,
} from "../store/work/listing-store.js";
import { cancelWork, failWork, releaseWork } from "../store/work/work-store.js";
import { nudgeFirstChecks } from "../tracking/nudge.js";

export interface ListOwnerDependencies {
  readonly database: Database;
  readonly queue: TaskQueue;
  readonly gitHub: GitHub;
}

const PAGE_SIZE = 100;
const PAGE_SIZE_MIN = 10;
const PAGES_PER_TASK = 10;
/** Of one owner; what is more has to be named. */
const REPOSITORIES_MAX = 10_000;
const ATTEMPTS_MAX = 5;
const RETRY_MS = 1_000;

/**
 * Asks GitHub for an owner's repositories, a hundred at a time, and adds each page in one transaction,
 * with one check for all that are new; a dry run only lists them. Goes on where it was cut off. What
 * goes wrong is written where whoever asked sees it.
 */
export async function listOwner(
  dependencies: ListOwnerDependencies,
  { listingId }: TaskPayload<"listing">,
  { signal, logger }: { signal: AbortSignal; logger: Logger },
): Promise<void> {
  const { database, queue } = dependencies;
  const { primary } = database;
  for (let pages = 0; pages < PAGES_PER_TASK && !signal.aborted; pages += 1) {
    const listing = await readListing(primary, listingId);
    if (listing === null || listing.isFinished) {
      return await cancelWork(primary, ["listing"], listingId);
    }
    try {
      const page = await askForPage(dependencies, listing, signal);
      if (page.totalCount > REPOSITORIES_MAX) {
        return await fail(database, listingId, tooMany(page));
      }
      const created = await database.transaction((tx) => addPage(tx, listing, page));
      if (created === null) return; // another worker has gone on from here
      await nudgeFirstChecks({ queue, logger }, created);
      if (!page.hasNextPage) return void logger.info({ listingId }, "owner listed");
    } catch (error) {
      if (signal.aborted || !isTrackerError(error) || !error.code.startsWith("GITHUB_"))
        throw error;
      return await putOff(database, listing, error, logger);
    }
  }
  await releaseWork(primary, "listing", [listingId]);
}

/** Smaller pages after failures: GitHub may have found them too much. */
async function askForPage(
  { gitHub }: ListOwnerDependencies,
  listing: OwnerListing,
  signal: AbortSignal,
): Promise<OwnerPage> {
  const { login, includeForks, includeArchived, walkAfter, attempts } = listing;
  const first = Math.max(PAGE_SIZE_MIN, PAGE_SIZE >> attempts);
  const request = { login, includeForks, includeArchived, after: walkAfter, first };
  return await gitHub.ownedRepositories(request, { signal, purpose: "live" });
}

/** The ids of the new ones; null when this page has been written already. */
async function addPage(
  tx: Transaction,
  asked: OwnerListing,
  page: OwnerPage,
): Promise<number[] | null> {
  const listing = await lockListing(tx, asked.id);
  if (listing === null || listing.isFinished || listing.walkAfter !== asked.walkAfter) return null;
  const outcomes = await (listing.isDryRun ? look : add)(tx, page.repositories, listing);
  const repositories = page.repositories.map((owned, index) => toListed(owned, outcomes[index]));
  const fresh = repositories.filter(({ isTracked }) => !isTracked);
  const saved: ListedPage = {
    login: page.login,
    totalCount: page.totalCount,
    hiddenCount: page.hiddenCount,
    repositories,
    addedCount: fresh.length,
    points: fresh.reduce((sum, { estimatedPoints }) => sum + estimatedPoints, 0),
    next: page.hasNextPage ? page.endCursor : null,
  };
  await saveListedPage(tx, listing.id, saved);
  return fresh.flatMap(({ repositoryId }) => (repositoryId === null ? [] : [repositoryId]));
}

interface Outcome {
  /** Before this listing. */
  readonly isTracked: boolean;
  readonly id: number | null;
}

async function look(tx: Transaction, owned: readonly OwnedRepository[]): Promise<Outcome[]> {
  const rows = await findTracked(tx, owned);
  return rows.map((row) => ({ isTracked: row !== null, id: row?.id ?? null }));
}

async function add(
  tx: Transaction,
  owned: readonly OwnedRepository[],
  { trackFrom }: OwnerListing,
): Promise<Outcome[]> {
  const rows = await insertRepositories(tx, owned, { trackFrom });
  const outcomes: Outcome[] = [];
  for (const [index, one] of owned.entries()) {
    const row = rows[index];
    outcomes.push(
      row
        ? { isTracked: !row.created, id: row.repository.id }
        : // Another repository had its name, and is called differently now.
          { isTracked: false, id: await insertSuccessor(tx, { ...one, trackFrom }) },
    );
  }
  return outcomes;
}

function toListed(
  { owner, name, isFork, isArchived, isPrivate, diskKiB }: OwnedRepository,
  { isTracked, id }: Outcome = { isTracked: false, id: null },
): ListedRepository {
  return {
    ...{ nameWithOwner: `${owner}/${name}`, isFork, isArchived, isPrivate },
    ...{ isTracked, repositoryId: id },
    estimatedPoints: isTracked ? 0 : guessHistoryPoints(diskKiB),
  };
}

async function putOff(
  database: Database,
  { id, attempts }: OwnerListing,
  error: TrackerError,
  logger: Logger,
): Promise<void> {
  const { retry, expose, level } = ERROR_CODES[error.code];
  logger[level]({ err: error, listingId: id, attempts }, "owner not listed");
  const message = expose ? error.message : "Something went wrong here; the log says what.";
  const isFinal = error.code === "GITHUB_NOT_FOUND" || error.code === "GITHUB_FORBIDDEN";
  const counts = retry !== "at";
  if (!counts || (retry === "later" && !isFinal && attempts + 1 < ATTEMPTS_MAX)) {
    const waitMs = Math.max(0, (error.details.retryAt?.getTime() ?? 0) - Date.now());
    const retryInMs = counts ? RETRY_MS * 2 ** attempts : waitMs;
    const facts = { reason: message, context: { task: "listing", code: error.code } };
    const attemptsMax = ATTEMPTS_MAX;
    const failure = { ...facts, counts, attemptsMax };
    return void (await failWork(database.primary, "listing", [{ id, retryInMs }], failure));
  }
  const code = error.code === "GITHUB_NOT_FOUND" ? "NOT_FOUND" : error.code;
  await fail(database, id, { code: expose ? code : "INTERNAL", message });
}

async function fail(database: Database, id: number, failure: ListingFailure): Promise<void> {
  await database.transaction((tx) => finishListing(tx, id, failure));
}

function tooMany({ login, totalCount }: OwnerPage): ListingFailure {
  const message = `${login} owns ${totalCount} such repositories; at most ${REPOSITORIES_MAX} of one owner are added at once. Leave out forks or archived ones, or name them in addRepositories.`;
  return { code: "BAD_USER_INPUT", message };
}
