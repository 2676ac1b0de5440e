import { AsyncLocalStorage } from "node:async_hooks";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type { HistoryTransport } from "../../src/domain/history-transport.js";
import type { StartBounds } from "../../src/domain/passed.js";
import { WALK_KINDS } from "../../src/domain/work.js";
import { createInProcessFanout } from "../../src/fanout/in-process-fanout.js";
import { gitFailure } from "../../src/git/git-failure.js";
import type { GitHistories } from "../../src/git/git-histories.js";
import { openUploadPackHistories } from "../../src/git/upload-pack-histories.js";
import type { GitHub } from "../../src/github/github.js";
import { createInMemoryBudgetLedger } from "../../src/github/in-memory-budget-ledger.js";
import { createOctokitGitHub } from "../../src/github/octokit-github.js";
import {
  type GitHubStandIn,
  STAND_IN_TOKEN,
  startGitHubStandIn,
} from "../../src/github-stand-in/stand-in.js";
import type { Database } from "../../src/postgres/database.js";
import type { TaskHandler, TaskQueue } from "../../src/queue/queue.js";
import { DELIVERIES_MAX, type TaskKind, type TaskPayload } from "../../src/queue/task.js";
import { PLANS } from "../../src/scheduler/plans.js";
import { readWalk } from "../../src/store/work/walk-store.js";
import { claimWork } from "../../src/store/work/work-store.js";
import { createMetrics } from "../../src/telemetry/metrics/metrics.js";
import { addRepository } from "../../src/tracking/add-repository.js";
import { resetCommits } from "../../src/tracking/reset-commits.js";
import { startWorker } from "../../src/worker/worker.js";
import { PLACES_ONLY } from "../support/budget.js";
import { createTestDatabase } from "../support/postgres.js";
import { lockRepository, type RowLock } from "../support/row-lock.js";

const logger = pino({ level: process.env.TEST_LOG_LEVEL ?? "silent" });
const bounds = { minMs: 1_000, maxMs: 1_000, failedRetryMs: 1_000 };

export interface QueuedTask {
  readonly kind: TaskKind;
  readonly payload: unknown;
  /** Times that whoever had it in hand died of it. */
  readonly redeliveries?: number;
}

/** Dies in the middle of its work, as a process does that is killed there. */
class Crash extends Error {}

/** What happens to one task while it is worked on. */
interface Circumstances {
  readonly crashAt: number | null;
  statements: number;
  meanwhile: (() => Promise<void>) | null;
}

/**
 * The real worker against the stand-in and a real database, moved by hand: tasks wait in a list until
 * the test hands one over, once, twice or never, and a process can be made to die at any statement.
 */
export interface World extends AsyncDisposable {
  readonly gitHub: GitHubStandIn;
  readonly database: Database;
  readonly tasks: QueuedTask[];
  add(url: string, trackFrom?: Date | null): Promise<number>;
  /** Dies at its `crashAt`-th statement, 1 first; null: lives. `meanwhile` is done before its first answer arrives. */
  check(id: number, crashAt: number | null, meanwhile?: () => Promise<void>): Promise<void>;
  /** Whether it has deleted or moved anything: whoever dies of it may have done so before. */
  reset(id: number, from: Date, crashAt?: number | null): Promise<boolean>;
  /** A task whose worker dies waits again. */
  pull(task: QueuedTask, crashAt: number | null, meanwhile?: () => Promise<void>): Promise<void>;
  /** Claims walks that are due, as a scheduler does: their tasks wait with the others. */
  schedule(): Promise<void>;
  /** Of one repository, whoever has something in hand has been silent for too long. */
  endLeases(id: number): Promise<void>;
  /** The next histories by git fail so: as they are opened, or after so many pages; null: they come. */
  failGit(afterPages: number | null): void;
  /** What is due later of one repository is due now, and what it is left alone for is over. */
  passTime(id: number): Promise<void>;
  lock(id: number): Promise<RowLock>;
}

export async function createWorld({
  pageSize,
  sliceSize,
  lockMs,
  startBounds,
  transport = "api",
}: {
  pageSize: number;
  /** Absent: all comes by the API. */
  transport?: HistoryTransport;
  /** Commits that a reset deletes at once; absent: as many as ever. */
  sliceSize?: number;
  /** How long a locked row is waited for. */
  lockMs: number;
  startBounds?: StartBounds;
}): Promise<World> {
  const test = await createTestDatabase({ connectionsMax: 4, limits: { lockMs } });
  const gitHub = await startGitHubStandIn({ secondaryLimits: null });
  await gitHub.setBudget("octocat", { limit: 1_000_000, remaining: 1_000_000 });
  const tasks: QueuedTask[] = [];
  const circumstances = new AsyncLocalStorage<Circumstances>();
  const handlers = new Map<TaskKind, TaskHandler<TaskKind>>();
  const nobody = { stop: async () => {} };
  const queue: TaskQueue = {
    async publish(kind, payload) {
      tasks.push({ kind, payload });
    },
    async consume(kind, _options, handler) {
      handlers.set(kind, handler as TaskHandler<TaskKind>);
      return nobody;
    },
    consumeDead: async () => nobody,
    depth: async () => ({ ready: tasks.length, dead: 0 }),
    isReady: () => true,
    close: async () => {},
  };
  const client = createOctokitGitHub({
    apiUrl: gitHub.url,
    tokens: [STAND_IN_TOKEN],
    ledger: createInMemoryBudgetLedger({ pace: PLACES_ONLY }),
    userAgent: "tracker-test",
    requestTimeoutMs: 10_000,
    logger,
  });
  const database = mortal(test.database, circumstances);
  const fanout = createInProcessFanout({ logger });
  const real = await openUploadPackHistories({
    ...{ gitUrl: gitHub.url, tokens: [STAND_IN_TOKEN], userAgent: "tracker-test" },
    folder: join(tmpdir(), "tracker-test-histories"),
  });
  let failsAfter: number | null = null;
  const git = unsteady(late(real, circumstances), () => failsAfter);
  const worker = await startWorker({
    ...{ database, queue, fanout, gitHub: slow(client, circumstances), bounds, logger },
    ...{ metrics: createMetrics(), pageSizeMax: pageSize },
    histories: {
      ...{ transport, git, transfersMax: 1, pagesBefore: 1 },
      pageSize: { commits: pageSize + 1, bytes: 1_000_000 },
    },
    ...(startBounds !== undefined && { startBounds }),
  });

  /** Whether it lived. */
  async function survives(
    work: () => Promise<void>,
    crashAt: number | null,
    meanwhile: (() => Promise<void>) | null = null,
  ): Promise<boolean> {
    try {
      await circumstances.run({ crashAt, statements: 0, meanwhile }, work);
      return true;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      return false;
    }
  }

  const { signal } = new AbortController();
  async function handle(
    { kind, payload, redeliveries = 0 }: QueuedTask,
    crashAt: number | null,
    meanwhile?: () => Promise<void>,
  ): Promise<boolean> {
    const handler = handlers.get(kind);
    if (handler === undefined) throw new Error(`nobody takes ${kind} tasks`);
    const work = () =>
      handler(payload as TaskPayload<TaskKind>, { redeliveries, waitedMs: null, signal });
    return await survives(work, crashAt, meanwhile);
  }

  const { primary } = test.database;
  return {
    gitHub,
    database: test.database,
    tasks,
    async add(url, trackFrom = null) {
      const request = { url, trackFrom };
      const added = await addRepository(
        { database: test.database, queue, gitHubHost: "github.com", logger },
        request,
      );
      tasks.length = 0;
      return added.repository.id;
    },
    async check(id, crashAt, meanwhile) {
      await handle({ kind: "check", payload: { repositoryIds: [id] } }, crashAt, meanwhile);
    },
    async reset(repositoryId, from, crashAt = null) {
      const request = { repositoryId, from, ...(sliceSize !== undefined && { sliceSize }) };
      const tracking = { database, queue, logger };
      const counted = await resetCommits(tracking, { ...request, dryRun: true });
      const generation = async () => (await readWalk(primary, repositoryId))?.generation;
      const before = await generation();
      await survives(async () => {
        const deleted = await resetCommits(tracking, { ...request, dryRun: false });
        if (counted !== deleted) throw new Error(`counted ${counted}, deleted ${deleted}`);
      }, crashAt);
      for (const task of tasks.filter(({ kind }) => kind === "check"))
        tasks.splice(tasks.indexOf(task), 1);
      return (await generation()) !== before;
    },
    async pull(task, crashAt, meanwhile) {
      if (await handle(task, crashAt, meanwhile)) return;
      const redeliveries = (task.redeliveries ?? 0) + 1;
      if (redeliveries < DELIVERIES_MAX) tasks.push({ ...task, redeliveries });
    },
    async schedule() {
      for (const kind of WALK_KINDS) {
        const claimed = await claimWork(primary, kind, { limit: 100 });
        const ids = claimed.map(({ id }) => id);
        if (ids.length === 0) continue;
        for (const task of await PLANS[kind].tasksOf(test.database, ids)) await task.publish(queue);
      }
    },
    async endLeases(id) {
      await primary.$executeRaw`
        update history_transfer set held_until = now() where repository_id = ${id} and held_until > now()`;
      await primary.$executeRaw`
        update work set claimed_until = now() where subject_id = ${id} and claimed_until > now()`;
    },
    failGit(afterPages) {
      failsAfter = afterPages;
    },
    async passTime(id) {
      await primary.$executeRaw`
        update history_transfer set away_until = now() where repository_id = ${id}`;
      await primary.$executeRaw`update email_account set asked_at = '1970-01-01'`;
      await primary.$executeRaw`
        update work set due_at = now() where subject_id = ${id} and due_at > now()`;
    },
    lock: (id) => lockRepository(test.url, id),
    async [Symbol.asyncDispose]() {
      await worker.stop();
      await gitHub.stop();
      await test[Symbol.asyncDispose]();
    },
  };
}

/** The first answer to a task is a while on its way. */
async function arriving<T>(
  circumstances: AsyncLocalStorage<Circumstances>,
  answer: Promise<T>,
): Promise<T> {
  const arrived = await answer;
  const current = circumstances.getStore();
  const meanwhile = current?.meanwhile;
  if (current === undefined || meanwhile == null) return arrived;
  current.meanwhile = null;
  await meanwhile();
  return arrived;
}

function slow(gitHub: GitHub, circumstances: AsyncLocalStorage<Circumstances>): GitHub {
  const late = <T>(answer: Promise<T>) => arriving(circumstances, answer);
  return {
    ...gitHub,
    lookUp: (refs, options) => late(gitHub.lookUp(refs, options)),
    glance: (refs, options) => late(gitHub.glance(refs, options)),
    history: (request, options) => late(gitHub.history(request, options)),
    firstParents: (request, options) => late(gitHub.firstParents(request, options)),
    commits: (wanted, options) => late(gitHub.commits(wanted, options)),
    commitCount: (request, options) => late(gitHub.commitCount(request, options)),
  };
}

function late(git: GitHistories, circumstances: AsyncLocalStorage<Circumstances>): GitHistories {
  return { ...git, open: (...args) => arriving(circumstances, git.open(...args)) };
}

/** Fails as the test says, as it is opened or while it is read. */
function unsteady(git: GitHistories, failsAfter: () => number | null): GitHistories {
  return {
    ...git,
    async open(...args) {
      const failure = () => gitFailure("unreachable", "the model says so");
      const pagesLeft = failsAfter();
      if (pagesLeft === 0) throw failure();
      const history = await git.open(...args);
      return {
        ...history,
        async *pages(size) {
          let left = pagesLeft;
          for await (const page of history.pages(size)) {
            yield page;
            if (left !== null) left -= 1;
            if (left === 0) throw failure();
          }
        },
      };
    },
  };
}

/** The same database, but whoever has reached its last statement never gets to another one. */
function mortal(database: Database, circumstances: AsyncLocalStorage<Circumstances>): Database {
  const live = () => {
    const current = circumstances.getStore();
    if (current === undefined || current.crashAt === null) return;
    current.statements += 1;
    if (current.statements >= current.crashAt) throw new Crash();
  };
  const counted = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, property, receiver) {
        const value: unknown = Reflect.get(object, property, receiver);
        if (property !== "$queryRaw" && property !== "$executeRaw") return value;
        return async (...args: unknown[]) => {
          live();
          return await (value as (...all: unknown[]) => unknown).apply(object, args);
        };
      },
    });
  return {
    ...database,
    primary: counted(database.primary),
    transaction: (work, options) => database.transaction((tx) => work(counted(tx)), options),
  };
}
