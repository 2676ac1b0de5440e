import { setMaxListeners } from "node:events";
import type { Oid } from "../domain/commit.js";
import { isTrackerError } from "../domain/errors.js";
import { isForTheApi } from "../domain/history-transport.js";
import { START_BOUNDS } from "../domain/passed.js";
import { gitFailure, gitFailureReason } from "../git/git-failure.js";
import type { GitHistory, PageSize } from "../git/git-histories.js";
import { storePage } from "../ingest/store-page.js";
import { findStored } from "../store/commits/commit-store.js";
import { findKnownAncestors } from "../store/commits/known-ancestors.js";
import { saveHistoryCount } from "../store/work/history-count-store.js";
import { readWalk } from "../store/work/walk-store.js";
import { observe } from "../telemetry/metrics/observe.js";
import { withChildSpan } from "../telemetry/traces/spans.js";
import type { HistoriesByGit } from "./histories-by-git.js";
import { leaveGit } from "./leave-git.js";
import { type NamedPage, namePages } from "./named-pages.js";
import { isPassing } from "./patiently.js";
import { createPeople } from "./people.js";
import {
  afterPage,
  observeDelay,
  type PullContext,
  type PullDependencies,
  pullPage,
  type Turn,
} from "./pull-page.js";
import { readAhead } from "./read-ahead.js";
import { type TransferInHand, takeInHand } from "./transfer-in-hand.js";

export interface FetchDependencies extends PullDependencies {
  readonly histories: HistoriesByGit;
}

/**
 * How it ended: `refused`, as there is no place for it now; `failed`; `over`, the walk being complete or
 * nobody's any more; `left`, where what is still missing is to be asked for another way, or later.
 */
export type Fetched = "refused" | "failed" | "over" | "left";

const PAGE_SIZE: PageSize = { commits: 1_000, bytes: 4_194_304 };
/** Of one that its task has hardly time left for. */
const ARRIVAL_MS_MIN = 30_000;
/** What is pushed to a repository waits for a gap of it that is on its way. */
const GAP_ARRIVAL_MS_MAX = 60_000;
/** Until GitHub is asked about people again. */
const PEOPLE_AWAY_MS = 60_000;

/**
 * Fetches what a walk still wants by the git protocol: one request of no points, then pages as large as
 * one transaction carries, whose people are asked for a hundred at a time. Whatever goes wrong with git,
 * nothing is lost and nothing is stored twice: the API goes on from the same frontier.
 */
export async function fetchHistory(
  dependencies: FetchDependencies,
  turn: Turn,
  context: PullContext,
): Promise<Fetched> {
  const { database, histories, metrics } = dependencies;
  const { by, logger, signal } = context;
  const { repositoryId } = turn.task;
  if (histories.awayUntilMs > Date.now()) return "refused";
  const options = { database, logger, by, placesMax: histories.transfersMax };
  const transfer = await takeInHand(repositoryId, options);
  if (typeof transfer === "string") return "refused";
  let awayMs: number | null = null;
  const beganMs = performance.now();
  metrics.gitTransfersInHand.inc();
  try {
    const fetched = await withChildSpan("history by git", {}, () =>
      fetchInHand(dependencies, turn, transfer, context),
    );
    metrics.gitTransfers.inc({ outcome: "done" });
    return fetched;
  } catch (error) {
    if (signal.aborted) return "left";
    if (transfer.lost.aborted) return "over";
    if (isOfPeople(error, turn)) {
      logger.warn({ err: error }, "people of a history not told, going on by the API");
      metrics.gitTransfers.inc({ outcome: "people" });
      awayMs = PEOPLE_AWAY_MS;
      return "left";
    }
    const reason = gitFailureReason(error);
    if (reason === null) throw error;
    metrics.gitTransfers.inc({ outcome: reason });
    logger.warn({ err: error, reason }, "history by git failed, going on by the API");
    awayMs = await leaveGit(error, reason, { database, histories });
    return "failed";
  } finally {
    metrics.gitTransfersInHand.dec();
    observe(metrics.gitTransferDuration, {}, (performance.now() - beganMs) / 1_000);
    await transfer.end({ awayMs });
  }
}

/** The API tells commits with their people: it goes on where they alone cannot be asked for. */
function isOfPeople(error: unknown, { task }: Turn): boolean {
  return isPassing(error) || (task.kind === "LIVE" && isTrackerError(error, "GITHUB_RATE_LIMITED"));
}

/** Opens it, reads it and stores it; whatever the end, nothing of it is left behind. */
async function fetchInHand(
  dependencies: FetchDependencies,
  turn: Turn,
  transfer: TransferInHand,
  context: PullContext,
): Promise<Fetched> {
  const { database, histories } = dependencies;
  const { walk } = turn;
  const { repositoryId, owner, name, observedOid: oid } = walk;
  if (oid === null) return "left";
  context.onPage?.(`the history of ${oid} by git`);
  const stopping = new AbortController();
  const signal = AbortSignal.any([context.signal, transfer.lost, stopping.signal]);
  const have =
    walk.headOid === null
      ? []
      : await findKnownAncestors(database.primary, repositoryId, walk.headOid);
  setMaxListeners(0, signal); // one for each request about people
  const end = setTimeout(
    () => stopping.abort(gitFailure("timed-out", "The history took too long to arrive.")),
    arrivalMsMax(turn, histories),
  );
  const wanted = { owner, name, oid, have };
  let countedBytes = 0;
  const onBytes = (receivedBytes: number) => {
    dependencies.metrics.gitReceived.inc(Math.max(0, receivedBytes - countedBytes));
    countedBytes = receivedBytes;
    transfer.note({ receivedBytes });
  };
  const history = await histories.git
    .open(wanted, { signal, onBytes })
    .finally(() => clearTimeout(end));
  try {
    const { count, bytes } = history;
    transfer.note({ commitCount: count, receivedBytes: bytes });
    context.logger.info({ oid, commits: count, bytes }, "history has come by git");
    if (walk.headOid === null && walk.trackFrom === null && walk.commitCount === 0) {
      await saveHistoryCount(database.primary, { repositoryId, oid, count });
    }
    const pages = namedPages(dependencies, turn, history, signal);
    const ahead = readAhead(pages, { count: 1, stop: () => stopping.abort() });
    return await storeAll(dependencies, turn, { oid, pages: ahead, transfer }, context);
  } finally {
    stopping.abort();
    // What could not be removed is not what went wrong, if anything did.
    await history.close().catch((err: unknown) => {
      context.logger.warn({ err }, "something of a history by git is left behind");
    });
  }
}

function arrivalMsMax(
  { task, endsAtMs }: Turn,
  { gapArrivalMsMax = GAP_ARRIVAL_MS_MAX }: HistoriesByGit,
): number {
  const leftMs = Math.max(ARRIVAL_MS_MIN, endsAtMs - performance.now());
  return task.kind === "LIVE" ? Math.min(leftMs, gapArrivalMsMax) : leftMs;
}

function namedPages(
  { database, histories: { ask, pageSize = PAGE_SIZE } }: FetchDependencies,
  { nodeId, walk, task, endsAtMs }: Turn,
  history: GitHistory,
  signal: AbortSignal,
): AsyncIterable<NamedPage> {
  const purpose = task.kind === "LIVE" ? "live" : "backfill";
  const people = createPeople({ database, ask, nodeId, signal, purpose, endsAtMs });
  const { repositoryId } = walk;
  const stored = async (oids: readonly Oid[]) =>
    walk.commitCount === 0
      ? new Set<Oid>()
      : await findStored(database.primary, repositoryId, oids);
  return namePages(history.pages(pageSize), people, stored);
}

interface Coming {
  readonly oid: Oid;
  readonly pages: AsyncIterable<NamedPage>;
  readonly transfer: TransferInHand;
}

/** One transaction a page, until nothing is wanted any more. */
async function storeAll(
  dependencies: FetchDependencies,
  turn: Turn,
  { oid, pages, transfer }: Coming,
  context: PullContext,
): Promise<Fetched> {
  const { task, bounds, endsAtMs } = turn;
  const { kind } = task;
  let doneCount = 0;
  for await (const { listedCount, ...told } of pages) {
    const place = await placeOf(dependencies, turn, oid, context);
    if (place !== "here") return place;
    if (told.commits.length + told.odd.length > 0) {
      const page = { ...told, totalCount: null, endCursor: null, hasNextPage: true };
      const request = { ...task, step: { kind: "git", oid }, page } as const;
      const attributes = { "tracker.page.commits": listedCount };
      const stored = await withChildSpan("store page", { attributes }, () =>
        dependencies.database.transaction((tx) => storePage(tx, request), bounds),
      );
      if (stored !== null && kind === "LIVE") {
        observeDelay(dependencies.metrics, turn.walk, page, stored.insertedCount);
      }
      const end = await afterPage(dependencies, task, stored, context);
      if (end !== null) return end;
    }
    doneCount += listedCount;
    transfer.note({ doneCount });
    if (context.signal.aborted || performance.now() > endsAtMs) return "left";
  }
  return "left";
}

/** Whether the walk is where the next page goes on; what was pushed meanwhile comes first, as live. */
async function placeOf(
  dependencies: FetchDependencies,
  turn: Turn,
  oid: Oid,
  context: PullContext,
): Promise<Fetched | "here"> {
  const { database, startBounds = START_BOUNDS } = dependencies;
  const { repositoryId, generation } = turn.task;
  const walk = await readWalk(database.primary, repositoryId);
  if (walk === null || walk.generation !== generation) return "over";
  if (walk.state === "PAUSED" || walk.wanted.length === 0) return "left";
  if (isForTheApi(walk, startBounds.patience)) return "left";
  const { observedOid } = walk;
  const isPushed = observedOid !== null && observedOid !== oid && walk.wanted.includes(observedOid);
  // Beside a first history it has a task of its own.
  if (!isPushed || context.by === "backfill") return "here";
  const live = { ...turn, walk, task: { ...turn.task, kind: "LIVE" } } as const;
  const step = { kind: "history", oid: observedOid, after: null } as const;
  const stored = await pullPage(dependencies, live, step, context);
  if (stored === "again") return "here";
  return (await afterPage(dependencies, live.task, stored, context)) ?? "here";
}
