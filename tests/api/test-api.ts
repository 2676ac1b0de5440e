import { Writable } from "node:stream";
import { createClient } from "graphql-ws";
import { pino } from "pino";
import WebSocket from "ws";
import { openKeyRing } from "../../src/api/access/key-ring.js";
import type { ApiParts } from "../../src/api/execution/operation-api.js";
import { serveWebhooks } from "../../src/api/http/webhooks.js";
import { type ConnectionLimits, startApi } from "../../src/api/server.js";
import { createReadSystem } from "../../src/app/system-state.js";
import type { FeedFilter } from "../../src/domain/feed-filter.js";
import { startFeedReader } from "../../src/fanout/feed-reader.js";
import { createInProcessFanout } from "../../src/fanout/in-process-fanout.js";
import { startRepositoryChanges } from "../../src/fanout/repository-changes.js";
import type { Database } from "../../src/postgres/database.js";
import { createInProcessQueue } from "../../src/queue/in-process-queue.js";
import type { TaskQueue } from "../../src/queue/queue.js";
import { readEvents, readFeedStatus } from "../../src/store/feed/feed-store.js";
import { listApiKeys, revokeApiKey } from "../../src/store/keys/api-key-store.js";
import { findChanges, readVersions } from "../../src/store/repositories/change-reader.js";
import { createHealthServer } from "../../src/telemetry/health-server.js";
import { createMetrics, type Metrics } from "../../src/telemetry/metrics/metrics.js";
import { observeLag } from "../../src/telemetry/metrics/observe.js";
import type { ReadyCheck } from "../../src/telemetry/readiness.js";
import { addOwner } from "../../src/tracking/add-owner.js";
import { addRepositories, addRepository } from "../../src/tracking/add-repository.js";
import { askToVerify } from "../../src/tracking/ask-to-verify.js";
import {
  discardTask,
  pauseRepository,
  resumeRepository,
  retryTask,
} from "../../src/tracking/pause-repository.js";
import { removeRepository } from "../../src/tracking/remove-repository.js";
import { requestCheck, ringRepository } from "../../src/tracking/request-check.js";
import { resetCommits } from "../../src/tracking/reset-commits.js";
import type { Answer } from "../support/graphql-client.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

export interface TestApi extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string;
  /** What its resolvers stand on. */
  readonly parts: ApiParts;
  readonly database: Database;
  readonly metrics: Metrics;
  readonly queue: TaskQueue;
  /** The log lines written so far, as one text. */
  log(): string;
  /** Tells the feed reader that there is something new. */
  ring(): Promise<void>;
  /** Stops the API only, as a process does that is told to end. */
  stop(): Promise<void>;
}

/** The API as a process serves it, on a database of its own; no worker ever touches what a test stores. */
export async function startTestApi({
  checks = [],
  database: replaced,
  beforeAdding = () => {},
  webhookSecret,
  connectionLimits = {},
  watch = () => () => {},
  openTest = createTestDatabase,
  keysFrom,
  origins = [],
  trustedProxies = [],
  operationsPerMinute = 0,
  isIntrospectable = true,
  hasPlayground = true,
  hasWeb = true,
}: {
  checks?: readonly ReadyCheck[];
  /** What the API sees instead of the real database, for failures. */
  database?: (real: Database, url: string) => Database;
  /** Called where the command to add a repository begins. */
  beforeAdding?: () => void;
  webhookSecret?: string;
  connectionLimits?: ConnectionLimits;
  /** Told of repositories that somebody follows. */
  watch?: ApiParts["watch"];
  /** Default: a database of the test run's server. */
  openTest?: () => Promise<TestDatabase>;
  /** Where the keys are, if not in its own database. */
  keysFrom?: Database;
  origins?: readonly string[];
  trustedProxies?: readonly string[];
  operationsPerMinute?: number;
  isIntrospectable?: boolean;
  hasPlayground?: boolean;
  hasWeb?: boolean;
} = {}): Promise<TestApi> {
  const test = await openTest();
  const database = replaced?.(test.database, test.url) ?? test.database;
  let lines = "";
  const logger = pino(
    { level: "debug" },
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines += chunk.toString();
        done();
      },
    }),
  );
  const metrics = createMetrics();
  const queue = createInProcessQueue({ logger });
  const fanout = createInProcessFanout({ logger });
  const feed = {
    readEvents: (after: bigint, limit: number, filter: FeedFilter) =>
      readEvents(database, after, limit, filter),
    latestSequence: async () => (await readFeedStatus(test.database)).sequence,
  };
  const reader = await startFeedReader({
    ...{ ...feed, fanout, logger },
    onEvent: ({ ingestedAt }) => observeLag(metrics, "process", ingestedAt),
  });
  const repositoryChanges = await startRepositoryChanges({
    findChanges: (since) => findChanges(database, since),
    readVersions: (ids) => readVersions(database, ids),
    fanout,
    logger,
  });
  const server = createHealthServer({ metrics, checks });
  const keys = await openKeyRing({ database: keysFrom ?? test.database, logger });
  const parts: ApiParts = {
    database,
    addRepository: (request) => {
      beforeAdding();
      return addRepository({ database, queue, gitHubHost: "github.com", logger }, request);
    },
    addRepositories: (request) =>
      addRepositories({ database, queue, gitHubHost: "github.com", logger }, request),
    addOwner: (request) => addOwner({ database, queue, logger }, request),
    resetCommits: (request) => resetCommits({ database, queue, logger }, request),
    pauseRepository: (repositoryId) => pauseRepository({ database }, repositoryId),
    resumeRepository: (repositoryId) => resumeRepository({ database, queue, logger }, repositoryId),
    retryTask: (repositoryId) => retryTask({ database, queue, logger }, repositoryId),
    discardTask: (repositoryId) => discardTask({ database }, repositoryId),
    requestCheck: (repositoryId) => requestCheck({ database, queue, logger }, repositoryId),
    watch,
    verifyRepository: (repositoryId, options) => askToVerify({ database }, repositoryId, options),
    removeRepository: (repositoryId) => removeRepository({ database }, repositoryId),
    reader,
    latestSequence: feed.latestSequence,
    repositoryChanges,
    readSystem: createReadSystem({
      database,
      queue,
      replicas: () => [],
      brokerVersion: () => null,
    }),
    apiKeys: {
      list: () => listApiKeys(test.database),
      revoke: (number) => revokeApiKey(test.database, number),
    },
    exampleRepository: "octo/example",
    gitHubWebUrl: "https://github.com",
    logger,
    metrics,
  };
  const api = await startApi({
    server,
    guards: { keys, host: "127.0.0.1", origins, trustedProxies, operationsPerMinute },
    ...{ isIntrospectable, hasPlayground, hasWeb, connectionLimits },
    ...parts,
  });
  if (webhookSecret !== undefined) {
    await serveWebhooks(server, {
      secret: webhookSecret,
      ringRepository: (pushed) => ringRepository({ database, queue, logger }, pushed),
      logger,
    });
  }
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  let stopped: Promise<void> | null = null;
  const stop = () => {
    stopped ??= api.stop();
    return stopped;
  };
  return {
    url,
    parts,
    database: test.database,
    metrics,
    queue,
    log: () => lines,
    ring: async () => fanout.ring((await readFeedStatus(test.database)).sequence),
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      keys.stop();
      await reader.stop();
      await repositoryChanges.stop();
      await server.close();
      await queue.close();
      await fanout.close();
      if (database !== test.database) await database.close();
      await test[Symbol.asyncDispose]();
    },
  };
}

/** One operation over a WebSocket of its own; its first answer. */
export async function overWebSocket<T>(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  connectionParams: Readonly<Record<string, unknown>> = {},
): Promise<Answer<T>> {
  const client = createClient({
    url: `${url.replace(/^http/, "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams,
  });
  try {
    return await new Promise((resolve, reject) => {
      client.subscribe<T>(
        { query, variables },
        {
          next: (answer) => resolve(answer as Answer<T>),
          error: (error) =>
            Array.isArray(error)
              ? resolve({ errors: error as Answer<T>["errors"] & {} })
              : reject(error),
          complete: () => reject(new Error("completed without an answer")),
        },
      );
    });
  } finally {
    await client.dispose();
  }
}
