import { pino } from "pino";
import { createInProcessFanout } from "../../src/fanout/in-process-fanout.js";
import type { GitHub } from "../../src/github/github.js";
import { createInMemoryBudgetLedger } from "../../src/github/in-memory-budget-ledger.js";
import { createOctokitGitHub } from "../../src/github/octokit-github.js";
import {
  type GitHubStandIn,
  STAND_IN_TOKEN,
  startGitHubStandIn,
} from "../../src/github-stand-in/stand-in.js";
import type { Database, Transaction } from "../../src/postgres/database.js";
import type { TaskQueue } from "../../src/queue/queue.js";
import type { TaskKind } from "../../src/queue/task.js";
import { createMetrics } from "../../src/telemetry/metrics.js";
import { addRepository } from "../../src/tracking/add-repository.js";
import { resetCommits } from "../../src/tracking/reset-commits.js";
import { createBatchSize, createBatchSizes } from "../../src/worker/batch-size.js";
import { checkRepositories } from "../../src/worker/check-repositories.js";
import { pullCommits } from "../../src/worker/pull-commits.js";
import { createFailureRecorder } from "../../src/worker/record-failure.js";
import { createScheduling } from "../../src/worker/scheduling.js";
import { PLACES_ONLY } from "../support/budget.js";
import { createTestDatabase } from "../support/postgres.js";

const logger = pino({ level: "silent" });
const bounds = { minMs: 1_000, maxMs: 1_000 };

export interface QueuedTask {
  readonly kind: TaskKind;
  readonly payload: unknown;
}

/** Dies in the middle of its transaction, as a process does that is killed there. */
class Crash extends Error {}

/**
 * The real worker against the stand-in and a real database, moved by hand: tasks wait in a list until
 * the test hands one over, once, twice or never, and a transaction can be made to die at any statement.
 */
export interface World extends AsyncDisposable {
  readonly gitHub: GitHubStandIn;
  readonly database: Database;
  readonly tasks: QueuedTask[];
  add(url: string, trackFrom?: Date | null): Promise<number>;
  /** Dies at its `crashAt`-th statement, 1 first; null: lives. `meanwhile` is done before its first answer arrives. */
  check(id: number, crashAt: number | null, meanwhile?: () => Promise<void>): Promise<void>;
  /** Whether it came to its end. */
  reset(id: number, from: Date, crashAt?: number | null): Promise<boolean>;
  pull(task: QueuedTask, crashAt: number | null, meanwhile?: () => Promise<void>): Promise<void>;
}

export async function createWorld({ pageSize }: { pageSize: number }): Promise<World> {
  const test = await createTestDatabase({ connectionsMax: 3 });
  const gitHub = await startGitHubStandIn({ secondaryLimits: null });
  await gitHub.setBudget("octocat", { limit: 1_000_000, remaining: 1_000_000 });
  const tasks: QueuedTask[] = [];
  const queue: TaskQueue = {
    async publish(kind, payload) {
      tasks.push({ kind, payload });
    },
    consume: () => Promise.reject(new Error("tasks are handed over by hand")),
    consumeDead: () => Promise.reject(new Error("no task dies here")),
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
  const metrics = createMetrics();
  const recordFailure = createFailureRecorder({ database: test.database, bounds, logger, metrics });
  const databaseThat = (crashAt: number | null) =>
    crashAt === null ? test.database : dying(test.database, crashAt);
  const dependencies = (crashAt: number | null, meanwhile?: () => Promise<void>) => ({
    database: databaseThat(crashAt),
    queue,
    fanout: createInProcessFanout({ logger }),
    gitHub: meanwhile === undefined ? client : slow(client, meanwhile),
    scheduling: createScheduling({ database: test.database, bounds }),
    sizes: { glance: createBatchSize({ max: 100 }), look: createBatchSize({ max: 50 }) },
    metrics,
    recordFailure,
    pageSizes: createBatchSizes({ max: pageSize }),
  });
  const options = { by: "backfill" as const, signal: new AbortController().signal, logger };
  const surviving = async (work: Promise<void>) => {
    await work.catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
  };
  return {
    gitHub,
    database: test.database,
    tasks,
    async add(url, trackFrom = null) {
      const request = { url, trackFrom };
      const { database } = test;
      const added = await addRepository(
        { database, queue, gitHubHost: "github.com", logger },
        request,
      );
      tasks.length = 0;
      return added.repository.id;
    },
    check: (id, crashAt, meanwhile) =>
      surviving(
        checkRepositories(dependencies(crashAt, meanwhile), { repositoryIds: [id] }, options),
      ),
    async reset(repositoryId, from, crashAt = null) {
      const request = { repositoryId, from };
      const tracking = { database: databaseThat(crashAt), queue, logger };
      const counted = await resetCommits(tracking, { ...request, dryRun: true });
      let deleted: number | null = null;
      const reset = async () => {
        deleted = await resetCommits(tracking, { ...request, dryRun: false });
      };
      await surviving(reset());
      if (deleted === null) return false;
      if (counted !== deleted) throw new Error(`counted ${counted}, deleted ${deleted}`);
      for (const task of tasks.filter(({ kind }) => kind === "check"))
        tasks.splice(tasks.indexOf(task), 1);
      return true;
    },
    pull: ({ payload }, crashAt, meanwhile) =>
      surviving(
        pullCommits(
          dependencies(crashAt, meanwhile),
          payload as { repositoryId: number; generation: number },
          options,
        ),
      ),
    async [Symbol.asyncDispose]() {
      await gitHub.stop();
      await test[Symbol.asyncDispose]();
    },
  };
}

/** The same GitHub, but its first answer is a while on its way. */
function slow(gitHub: GitHub, meanwhile: () => Promise<void>): GitHub {
  let isFirst = true;
  const late = async <T>(answer: Promise<T>): Promise<T> => {
    const arrived = await answer;
    if (isFirst) {
      isFirst = false;
      await meanwhile();
    }
    return arrived;
  };
  return {
    ...gitHub,
    lookUp: (refs, options) => late(gitHub.lookUp(refs, options)),
    history: (request, options) => late(gitHub.history(request, options)),
    firstParents: (request, options) => late(gitHub.firstParents(request, options)),
  };
}

/** The same database, but whatever transaction issues the n-th statement dies there. */
function dying(database: Database, crashAt: number): Database {
  let statements = 0;
  const count = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, property, receiver) {
        const value: unknown = Reflect.get(object, property, receiver);
        if (property !== "$queryRaw" && property !== "$executeRaw") return value;
        return (...args: unknown[]) => {
          statements += 1;
          if (statements === crashAt) return Promise.reject(new Crash());
          return (value as (...all: unknown[]) => unknown).apply(object, args);
        };
      },
    });
  return {
    ...database,
    transaction: (work, options) =>
      database.transaction((tx: Transaction) => work(count(tx)), options),
  };
}
