import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { pino } from "pino";
import type { IntervalBounds } from "../../src/domain/check-schedule.js";
import type { StartBounds } from "../../src/domain/passed.js";
import { createInProcessFanout } from "../../src/fanout/in-process-fanout.js";
import type { GitHistories } from "../../src/git/git-histories.js";
import type { GitLimits } from "../../src/git/git-limits.js";
import { openUploadPackHistories } from "../../src/git/upload-pack-histories.js";
import type { BudgetLedger } from "../../src/github/budget-ledger.js";
import { createInMemoryBudgetLedger } from "../../src/github/in-memory-budget-ledger.js";
import { createOctokitGitHub } from "../../src/github/octokit-github.js";
import {
  type GitHubStandIn,
  STAND_IN_TOKEN,
  startGitHubStandIn,
} from "../../src/github-stand-in/stand-in.js";
import type { Database } from "../../src/postgres/database.js";
import type { DatabaseLimits } from "../../src/postgres/database-limits.js";
import { createInProcessQueue } from "../../src/queue/in-process-queue.js";
import type { TaskQueue } from "../../src/queue/queue.js";
import { startScheduler } from "../../src/scheduler/scheduler.js";
import { createMetrics, type Metrics } from "../../src/telemetry/metrics/metrics.js";
import { addRepository } from "../../src/tracking/add-repository.js";
import { startWorker, type WorkerHistories } from "../../src/worker/worker.js";
import { PLACES_ONLY } from "./budget.js";
import { eventually } from "./eventually.js";
import { createTestDatabase } from "./postgres.js";

export interface Pipeline extends AsyncDisposable {
  readonly gitHub: GitHubStandIn;
  /** Of the database. */
  readonly url: string;
  readonly database: Database;
  readonly queue: TaskQueue;
  readonly metrics: Metrics;
  /** Warnings and errors so far. */
  readonly log: readonly LogLine[];
  /** Tracks a repository and returns its id. */
  add(url: string, trackFrom?: Date): Promise<number>;
  /** Waits until nothing is left to do for a repository whose head on GitHub is `head`. */
  settled(id: number, head: string, timeoutMs?: number): Promise<void>;
}

export interface LogLine {
  readonly msg: string;
  readonly [fact: string]: unknown;
}

export interface PipelineHistories extends Partial<Omit<WorkerHistories, "git">> {
  readonly limits?: Partial<GitLimits>;
  /** What the worker sees instead of the real ones, for failures. */
  readonly git?: (real: GitHistories) => GitHistories;
}

/** Their scratch folders go with the folder of the tests. */
async function openHistories(
  gitHub: GitHubStandIn,
  { limits = {}, git: replaced = (real) => real, ...options }: PipelineHistories,
): Promise<WorkerHistories> {
  const git = await openUploadPackHistories({
    ...{ gitUrl: gitHub.url, tokens: [STAND_IN_TOKEN], userAgent: "tracker-test" },
    ...{ folder: join(tmpdir(), "tracker-test-histories"), limits },
  });
  return { transport: "auto", transfersMax: 4, ...options, git: replaced(git) };
}

/** Nothing is printed unless `TEST_LOG_LEVEL` asks for it. */
function keeping(log: LogLine[]): Writable {
  return new Writable({
    write(line: Buffer, _encoding, done) {
      if (process.env.TEST_LOG_LEVEL !== undefined) process.stdout.write(line);
      log.push(JSON.parse(line.toString()));
      done();
    },
  });
}

/** Scheduler and worker in this process, on a database of their own, against the stand-in over HTTP. */
export async function startPipeline({
  bounds = { minMs: 50, maxMs: 200 },
  ledger = () => createInMemoryBudgetLedger({ pace: PLACES_ONLY }),
  limits = {},
  queue: replaced = (real) => real,
  startBounds,
  pageSizeMax,
  histories,
}: {
  bounds?: IntervalBounds;
  ledger?: (database: Database) => BudgetLedger;
  limits?: Partial<DatabaseLimits>;
  /** What scheduler and worker see instead of the real queue, for failures. */
  queue?: (real: TaskQueue) => TaskQueue;
  startBounds?: StartBounds;
  pageSizeMax?: number;
  /** By git, too; absent: all comes by the API. */
  histories?: PipelineHistories;
} = {}): Promise<Pipeline> {
  const log: LogLine[] = [];
  const logger = pino({ level: process.env.TEST_LOG_LEVEL ?? "warn" }, keeping(log));
  const test = await createTestDatabase({ limits });
  const gitHub = await startGitHubStandIn();
  const queue = replaced(createInProcessQueue({ logger }));
  const fanout = createInProcessFanout({ logger });
  const metrics = createMetrics();
  const { database } = test;
  // Checked every few milliseconds: more than the reserve would leave first histories room beside.
  await gitHub.setBudget("octocat", { limit: 1_000_000, remaining: 1_000_000 });
  const client = createOctokitGitHub({
    apiUrl: gitHub.url,
    tokens: [STAND_IN_TOKEN],
    ledger: ledger(database),
    userAgent: "tracker-test",
    requestTimeoutMs: 10_000,
    logger,
  });
  const byGit = histories && (await openHistories(gitHub, histories));
  const worker = await startWorker({
    ...(byGit !== undefined && { histories: byGit }),
    database,
    queue,
    fanout,
    gitHub: client,
    bounds,
    logger,
    metrics,
    ...(startBounds !== undefined && { startBounds }),
    ...(pageSizeMax !== undefined && { pageSizeMax }),
  });
  const scheduler = startScheduler({ database, queue, gatherMs: 50, logger, metrics });
  return {
    gitHub,
    log,
    url: test.url,
    database,
    queue,
    metrics,
    async add(url, trackFrom) {
      const request = { url, trackFrom: trackFrom ?? null };
      const added = await addRepository(
        { database, queue, gitHubHost: "github.com", logger },
        request,
      );
      return added.repository.id;
    },
    async settled(id, head, timeoutMs) {
      await eventually(async () => {
        const row = await database.primary.repository.findUniqueOrThrow({ where: { id } });
        const work = await database.primary.work.findMany({ where: { subjectId: id } });
        const state = {
          ...row,
          work,
          head: row.headOid && Buffer.from(row.headOid).toString("hex"),
        };
        if (state.head !== head || row.frontier.length > 0) {
          throw new Error(
            `not settled at ${head}: ${JSON.stringify(state, (_k, v) => (typeof v === "bigint" ? String(v) : v))}`,
          );
        }
      }, timeoutMs);
    },
    async [Symbol.asyncDispose]() {
      await scheduler.stop();
      await worker.stop();
      await queue.close();
      await fanout.close();
      await gitHub.stop();
      await test[Symbol.asyncDispose]();
    },
  };
}
