import type { Logger } from "pino";
import { ERROR_CODES, isTrackerError } from "../domain/errors.js";
import type { Walk } from "../domain/repository.js";
import { whyNotVerifiable } from "../domain/verifiability.js";
import { isAllTold } from "../domain/walk.js";
import type { Fanout } from "../fanout/fanout.js";
import type { GitHub, HistoryPage } from "../github/github.js";
import { announce } from "../ingest/announce.js";
import type { Database, Transaction } from "../postgres/database.js";
import { isUnreachable } from "../postgres/database-error.js";
import type { TaskQueue } from "../queue/queue.js";
import { findMaybeBehind } from "../store/commits/behind-untold.js";
import {
  findParents,
  findStored,
  isReachable,
  orphanUnreachable,
  restoreReached,
} from "../store/commits/commit-store.js";
import { findByIds } from "../store/repositories/repository-reader.js";
import {
  checkHistory,
  type HistoryCheck,
  isRightlyCounted,
  recountCommits,
} from "../store/work/history-check.js";
import { takeHistoryCount } from "../store/work/history-count-store.js";
import { findBeyond, readUntold } from "../store/work/passed-store.js";
import {
  finishVerification,
  postponeVerification,
  readVerification,
  restartVerification,
  saveVerification,
  type Verification,
} from "../store/work/verification-store.js";
import { readWalk, resetWalk } from "../store/work/walk-store.js";
import { cancelWork, releaseWork, renewWork } from "../store/work/work-store.js";
import type { BatchSizes } from "./batch-size.js";
import { LONG_WALK } from "./long-walk.js";

export interface VerifyDependencies {
  readonly database: Database;
  readonly queue: TaskQueue;
  readonly fanout: Fanout;
  readonly gitHub: GitHub;
  readonly pageSizes: BatchSizes;
}

const PAGES_PER_TASK = 10;
const UNFINISHED_RETRY_MS = 2_000;
const RENEW_AFTER_MS = 30_000;

/**
 * Holds what is stored of a repository against three things: the closure invariant and reachability,
 * walked in our own data; GitHub's count of commits at that head; and, when it is a deep one, GitHub's
 * whole history, oid by oid. What turns out to be wrong is repaired: reachability at once, what is
 * missing by putting it on the frontier, from where a pull fetches it. Goes on where it was cut off.
 */
export async function verifyRepository(
  dependencies: VerifyDependencies,
  { repositoryId }: { repositoryId: number },
  { signal, logger }: { signal: AbortSignal; logger: Logger },
): Promise<void> {
  const { database } = dependencies;
  const { primary } = database;
  const asked = await readVerification(primary, repositoryId);
  const walk = await readWalk(primary, repositoryId);
  if (asked === null || walk === null) return await cancelWork(primary, ["verify"], repositoryId);
  const postpone = (delayMs: number) =>
    database.transaction((tx) => postponeVerification(tx, asked, { delayMs }));
  try {
    const found = asked.headOid === null ? await begin(dependencies, walk, asked, signal) : asked;
    if (found === "later") return await postpone(UNFINISHED_RETRY_MS);
    if (found === "over") return;
    const isListed = !found.isDeep || (await listAgain(dependencies, walk, found, signal));
    if (!isListed) return await releaseWork(primary, "verify", [repositoryId]);
    await finish(database, asked, null);
    logger.info({ repositoryId }, "repository verified");
  } catch (error) {
    if (signal.aborted) throw error;
    if (isTrackerError(error, "GITHUB_RATE_LIMITED")) {
      return await postpone(Math.max(0, (error.details.retryAt?.getTime() ?? 0) - Date.now()));
    }
    if (isUnreachable(error)) throw error;
    if (isTrackerError(error, "BUSY")) return await postpone(UNFINISHED_RETRY_MS);
    logger.warn({ err: error, repositoryId }, "verification not carried through");
    const isShown = isTrackerError(error) && ERROR_CODES[error.code].expose;
    const reason = isShown ? error.message : "Something went wrong here; the log says what.";
    await finish(database, asked, reason);
  }
}

async function finish(
  database: Database,
  asked: Verification,
  error: string | null,
): Promise<void> {
  await database.transaction((tx) => finishVerification(tx, asked, { error }));
}

/** Our own data, and GitHub's count. */
async function begin(
  { database, fanout, gitHub }: VerifyDependencies,
  walk: Walk,
  asked: Verification,
  signal: AbortSignal,
): Promise<Verification | "over" | "later"> {
  const { repositoryId, trackFrom, nodeId } = walk;
  const [repository] = await findByIds(database.primaryReader, [repositoryId]);
  const why = repository === undefined ? null : whyNotVerifiable(repository);
  const check = why === null ? await checkStored(database, walk) : null;
  // A history that goes on coming in is waited for; one whose walk fails is not.
  const isFailing = check === null && repository !== undefined && repository.attempts > 0;
  const lastError = isFailing ? repository.lastError : null;
  if (why !== null || lastError !== null) {
    await finish(database, asked, why ?? `Its history is not complete: ${lastError}`);
    return "over";
  }
  if (check === null || nodeId === null) return "later";
  if (check.sequence !== null) await fanout.ring(check.sequence);
  const options = { signal, purpose: "backfill" } as const;
  const { headOid } = check;
  // GitHub counts what lies before the tracking start too.
  const gitHubCount =
    trackFrom === null
      ? ((await takeHistoryCount(database.primary, repositoryId, headOid)) ??
        (await gitHub.commitCount({ nodeId, oid: headOid }, options)))
      : null;
  const found = {
    ...asked,
    headOid: check.headOid,
    storedCount: check.reachableCount,
    gitHubCount,
    faultCount: check.faultCount,
  };
  await database.transaction((tx) => saveVerification(tx, found));
  return found;
}

interface Checked extends HistoryCheck {
  readonly headOid: string;
  readonly faultCount: number;
  readonly sequence: bigint | null;
}

/**
 * Looks without a lock first: it takes long, and pages of the same repository are not to wait for it. Only
 * what seems wrong is looked at again under the row's lock, since it may be a page that came meanwhile.
 */
async function checkStored(database: Database, walk: Walk): Promise<Checked | null> {
  const { repositoryId, headOid } = walk;
  if (headOid === null || !isAllTold(walk)) return null;
  const begunAt = performance.now();
  const run = async <T>(step: (tx: Transaction) => Promise<T>) => {
    // Each may take nearly a lease.
    const isLong = performance.now() - begunAt > RENEW_AFTER_MS;
    if (isLong) await renewWork(database.primary, "verify", repositoryId);
    return await database.transaction(step, LONG_WALK);
  };
  const found = await run((tx) => checkHistory(tx, repositoryId, headOid));
  const isSound = found.openOids.length === 0 && found.misplacedCount === 0;
  if (isSound && (await run((tx) => isRightlyCounted(tx, repositoryId)))) {
    return { ...found, headOid, faultCount: 0, sequence: null };
  }
  return await run((tx) => checkAndRepair(tx, repositoryId));
}

/** Null while the history is still being fetched. */
async function checkAndRepair(tx: Transaction, repositoryId: number): Promise<Checked | null> {
  const walk = await readWalk(tx, repositoryId, { lock: true });
  if (walk === null || walk.headOid === null || !isAllTold(walk)) return null;
  const { headOid } = walk;
  const check = await checkHistory(tx, repositoryId, headOid);
  const { openOids, misplacedCount } = check;
  if (openOids.length > 0) {
    // What lies behind a hole looks unreachable only because of it.
    await fetchAgain(tx, walk, openOids);
    await recountCommits(tx, repositoryId);
    return { ...check, headOid, faultCount: openOids.length, sequence: null };
  }
  if (misplacedCount === 0) {
    const isMiscounted = await recountCommits(tx, repositoryId);
    return { ...check, headOid, faultCount: isMiscounted ? 1 : 0, sequence: null };
  }
  const restored = await restoreReached(tx, repositoryId, headOid);
  const kept = await findMaybeBehind(tx, repositoryId, headOid);
  const orphaned = await orphanUnreachable(tx, repositoryId, headOid, kept);
  await recountCommits(tx, repositoryId);
  const news = { kind: "LIVE", repositoryId, headOid, restored, orphaned } as const;
  const sequence = await announce(tx, { ...news, stored: [], isNews: false });
  return { ...check, headOid, faultCount: misplacedCount, sequence };
}

/** Takes the claim of completeness back, and has the frontier fetched. */
async function fetchAgain(tx: Transaction, walk: Walk, oids: readonly string[]): Promise<void> {
  await resetWalk(tx, walk.repositoryId, {
    state: walk.state,
    trackFrom: walk.trackFrom,
    isStartFound: walk.isStartFound,
    frontier: [...new Set([...walk.frontier, ...oids])],
    deletedReachable: 0,
    deletedOrphaned: 0,
  });
}

/**
 * GitHub's history from that head, as far as one task goes; true when all of it has been listed. Begins
 * anew when that head was rewritten meanwhile: what it alone led to is not to be fetched as reachable.
 */
async function listAgain(
  { database, gitHub, pageSizes }: VerifyDependencies,
  { repositoryId, nodeId, trackFrom }: Walk,
  begun: Verification,
  signal: AbortSignal,
): Promise<boolean> {
  const { headOid: oid } = begun;
  if (oid === null || nodeId === null) return true;
  const first = pageSizes.of(repositoryId).current();
  let found = begun;
  for (let pages = 0; pages < PAGES_PER_TASK && !signal.aborted; pages += 1) {
    const request = { nodeId, oid, after: found.walkAfter, first };
    const page = await gitHub.history(request, { signal, purpose: "backfill" });
    const listed = await database.transaction(async (tx) => {
      const missing = await findMissing(tx, { repositoryId, trackFrom, page });
      const walk = await readWalk(tx, repositoryId, { lock: true });
      if (walk !== null && missing.length > 0) {
        if (!(await isReachable(tx, repositoryId, oid))) return null;
        await fetchAgain(tx, walk, missing);
      }
      const next = {
        ...found,
        walkAfter: page.endCursor,
        listedCount: found.listedCount + page.commits.length,
        missingCount: found.missingCount + missing.length,
      };
      await saveVerification(tx, next);
      return next;
    });
    if (listed === null) {
      await restartVerification(database.primary, begun);
      return false;
    }
    found = listed;
    if (!page.hasNextPage) return true;
  }
  return false;
}

/** Listed by GitHub, not stored, and not beyond the tracking start either: a stored commit leads to it. */
async function findMissing(
  tx: Transaction,
  {
    repositoryId,
    trackFrom,
    page,
  }: { repositoryId: number; trackFrom: Date | null; page: HistoryPage },
): Promise<string[]> {
  const odd = page.odd.flatMap(({ oid }) => (oid === null ? [] : [oid]));
  const oids = [...page.commits.map(({ oid }) => oid), ...odd];
  const stored = await findStored(tx, repositoryId, oids);
  const known = new Set((await readUntold(tx, repositoryId)).map(({ oid }) => oid));
  // What is not told as a whole may be told another way; what was tried in each is named already.
  const untold = odd.filter((oid) => !stored.has(oid) && !known.has(oid));
  const absent = page.commits.filter(({ oid }) => !stored.has(oid));
  if (trackFrom === null) return [...absent.map(({ oid }) => oid), ...untold];
  const beyond = await findBeyond(tx, repositoryId, oids);
  const open = [...absent.map(({ oid }) => oid), ...untold].filter((oid) => !beyond.has(oid));
  return await findParents(tx, repositoryId, open);
}
