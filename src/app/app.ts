import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { openKeyRing } from "../api/access/key-ring.js";
import { serveWebhooks } from "../api/http/webhooks.js";
import { startApi } from "../api/server.js";
import { readVersion } from "../cli/version.js";
import type { Config } from "../config/config.js";
import { ConfigError } from "../config/env.js";
import type { IntervalBounds } from "../domain/check-schedule.js";
import type { FeedFilter } from "../domain/feed-filter.js";
import { isLoopback } from "../domain/loopback.js";
import type { Role } from "../domain/role.js";
import { startFeedReader } from "../fanout/feed-reader.js";
import { startRepositoryChanges } from "../fanout/repository-changes.js";
import { createOctokitGitHub } from "../github/octokit-github.js";
import { startFilling } from "../projections/projection-filler.js";
import { PROJECTIONS } from "../projections/projections.js";
import { startPruning } from "../scheduler/pruning.js";
import { startScheduler } from "../scheduler/scheduler.js";
import { createBudgetStore } from "../store/budget/budget-store.js";
import { readEvents, readFeedStatus } from "../store/feed/feed-store.js";
import { listApiKeys, revokeApiKey } from "../store/keys/api-key-store.js";
import { findChanges, readVersions } from "../store/repositories/change-reader.js";
import { createMetrics, type Metrics } from "../telemetry/metrics/metrics.js";
import { observeLag } from "../telemetry/metrics/observe.js";
import { startTracing } from "../telemetry/traces/tracing.js";
import { addOwner } from "../tracking/add-owner.js";
import { addRepositories, addRepository } from "../tracking/add-repository.js";
import { askToVerify } from "../tracking/ask-to-verify.js";
import {
  discardTask,
  pauseRepository,
  resumeRepository,
  retryTask,
} from "../tracking/pause-repository.js";
import { removeRepository } from "../tracking/remove-repository.js";
import { requestCheck, ringRepository } from "../tracking/request-check.js";
import { resetCommits } from "../tracking/reset-commits.js";
import { startWatching } from "../tracking/watching.js";
import { startWorker } from "../worker/worker.js";
import { type Adapters, Closing } from "./adapters.js";
import { announceTokens } from "./announce-tokens.js";
import { type Demo, startDemo } from "./demo.js";
import { createDemoGitHub } from "./demo-github.js";
import { openDistributed } from "./distributed.js";
import { openEmbedded } from "./embedded.js";
import { observeGitHub } from "./github-metrics.js";
import { GITHUB_REQUEST } from "./github-request.js";
import { openHistories } from "./histories.js";
import { placesOf, requireFreePlace } from "./http-place.js";
import { createHttpServers } from "./http-servers.js";
import { readProcess } from "./process-metrics.js";
import { readStatus } from "./status-metrics.js";
import { createReadSystem } from "./system-state.js";

/** So that a newcomer sees the demo's commits as they land. */
const DEMO_CHECKS = { minMs: 1_000, maxMs: 1_000 };

export interface App {
  /** Where this process listens, without a slash at its end. */
  readonly url: string;
  readonly roles: ReadonlySet<Role>;
  readonly demo: Demo | null;
  /** Whether there is the page at `/`, and the playground at `/graphql`. */
  readonly hasWeb: boolean;
  readonly hasPlayground: boolean;
  /** One that can be added here, for a person who wants to try. */
  readonly exampleRepository: string;
  /** Stops the roles, the work in hand finished or handed back, then closes what they stood on. */
  stop(): Promise<void>;
}

export interface AppOptions {
  readonly logger: Logger;
  /** Aborted when the process is told to end while it is still starting. */
  readonly signal: AbortSignal;
  /** What it stands on is gone for good: the process can only end. */
  readonly onLost: (error: Error) => void;
}

/** Checks wait so long for company: a request about one repository costs as much as one about a hundred. */
const GATHER_MS_MAX = 2_000;

interface Parts {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly adapters: Adapters;
  readonly demo: Demo | null;
  readonly closing: Closing;
}

/** The composition root: opens the adapters of the profile and starts the roles on them. */
export async function createApp(
  config: Config,
  { logger, signal, onLost }: AppOptions,
): Promise<App> {
  const closing = new Closing(logger);
  try {
    for (const place of placesOf(config.http)) await requireFreePlace(place);
    const { isTraced: isOn } = config;
    const tracing = await startTracing({ isOn, roles: [...config.roles], version: readVersion() });
    closing.add("tracing", () => tracing.stop());
    const metrics = createMetrics(config.roles);
    const { profile } = config;
    const folder = profile.kind === "embedded" ? profile.dataDir : "";
    const adapters =
      profile.kind === "embedded"
        ? await openEmbedded(folder, { config, logger, metrics, signal, onLost })
        : await openDistributed(profile, { config, logger, metrics, signal });
    closing.add("adapters", () => adapters.close());
    readProcess(metrics, config, () => adapters.database.pools());
    signal.throwIfAborted();
    const demo = config.isDemo ? await startDemo(folder, { logger }) : null;
    if (demo !== null) closing.add("demo", () => demo.stop());

    signal.throwIfAborted();
    const parts = { config, logger, metrics, adapters, demo, closing };
    const servers = createHttpServers(config.http, { metrics, checks: readyChecks(adapters) });
    closing.add("http", () => servers.close());
    if (config.roles.has("api")) await startApiRole(parts, servers.open);
    if (config.roles.has("worker")) await startWorkerRole(parts);
    if (config.roles.has("scheduler")) await startSchedulerRole(parts);
    if (demo !== null) await addDemoRepositories(parts, demo);
    const { url, metricsUrl } = await servers.listen();
    logger.info({ url, metricsUrl, roles: [...config.roles] }, "listening");
    return {
      url,
      roles: config.roles,
      demo,
      hasWeb: config.api.hasWeb,
      hasPlayground: config.api.hasPlayground,
      exampleRepository: exampleRepository(demo),
      stop: () => closing.run(),
    };
  } catch (error) {
    await closing.run();
    throw error;
  }
}

function exampleRepository(demo: Demo | null): string {
  return `https://github.com/${demo?.untracked ?? "expressjs/express"}`;
}

function readyChecks({ database, queue, fanout }: Adapters) {
  return [
    { name: "database", isReady: () => database.isReady() },
    { name: "queue", isReady: () => queue.isReady() },
    { name: "fanout", isReady: () => fanout.isReady() },
  ];
}

const keyMissing = (host: string) =>
  `HOST=${host}, from the environment, is no loopback address and there are no API keys: whoever reaches this machine could change what is tracked. Make one first, with the same environment:
  node dist/main.js keys create --name NAME --role writer`;

async function startApiRole(
  { config, logger, metrics, adapters, demo, closing }: Parts,
  server: FastifyInstance,
): Promise<void> {
  const { database, queue, fanout } = adapters;
  const keys = await openKeyRing({ database, logger });
  closing.add("keys", async () => keys.stop());
  const { host } = config.http;
  if (!keys.isKeyNeeded() && !isLoopback(host)) throw new ConfigError([keyMissing(host)]);
  const feed = {
    readEvents: (after: bigint, limit: number, filter: FeedFilter) =>
      readEvents(database, after, limit, filter),
    latestSequence: async () => (await readFeedStatus(database)).sequence,
  };
  const reader = await startFeedReader({
    ...{ ...feed, fanout, logger },
    onEvent: ({ ingestedAt }) => observeLag(metrics, "process", ingestedAt),
  });
  closing.add("feed reader", () => reader.stop());
  const repositoryChanges = await startRepositoryChanges({
    findChanges: (since) => findChanges(database, since),
    readVersions: (ids) => readVersions(database, ids),
    fanout,
    logger,
  });
  closing.add("repository changes", () => repositoryChanges.stop());
  const { minMs } = checksOf(config, demo);
  const watching = startWatching({ database, minMs, logger });
  closing.add("watching", () => watching.stop());
  const gitHubHost = new URL(config.gitHub.webUrl).host;
  const { origins, trustedProxies, operationsPerMinute, ...shown } = config.api;
  const api = await startApi({
    server,
    guards: { keys, host, origins, trustedProxies, operationsPerMinute },
    ...shown,
    database,
    addRepository: (request) => addRepository({ database, queue, gitHubHost, logger }, request),
    addRepositories: (request) => addRepositories({ database, queue, gitHubHost, logger }, request),
    addOwner: (request) => addOwner({ database, queue, logger }, request),
    resetCommits: (request) => resetCommits({ database, queue, logger }, request),
    pauseRepository: (repositoryId) => pauseRepository({ database }, repositoryId),
    resumeRepository: (repositoryId) => resumeRepository({ database, queue, logger }, repositoryId),
    retryTask: (repositoryId) => retryTask({ database, queue, logger }, repositoryId),
    discardTask: (repositoryId) => discardTask({ database }, repositoryId),
    requestCheck: (repositoryId) => requestCheck({ database, queue, logger }, repositoryId),
    watch: watching.watch,
    verifyRepository: (repositoryId, options) => askToVerify({ database }, repositoryId, options),
    removeRepository: (repositoryId) => removeRepository({ database }, repositoryId),
    reader,
    latestSequence: feed.latestSequence,
    repositoryChanges,
    readSystem: createReadSystem(adapters),
    apiKeys: {
      list: () => listApiKeys(database),
      revoke: (number) => revokeApiKey(database, number),
    },
    exampleRepository: exampleRepository(demo),
    gitHubWebUrl: config.gitHub.webUrl,
    logger,
    metrics,
  });
  closing.add("api", () => api.stop());
  const { webhookSecret } = config.gitHub;
  if (webhookSecret === undefined) return;
  await serveWebhooks(server, {
    secret: webhookSecret.reveal(),
    ringRepository: (pushed) => ringRepository({ database, queue, logger }, pushed),
    logger,
  });
}

async function startWorkerRole({
  config,
  logger,
  metrics,
  adapters,
  demo,
  closing,
}: Parts): Promise<void> {
  const ledger = createBudgetStore({ database: adapters.database, ...GITHUB_REQUEST });
  const apiUrl = demo?.apiUrl ?? config.gitHub.apiUrl;
  const tokens = demo === null ? config.gitHub.tokens.map((token) => token.reveal()) : [demo.token];
  const octokit = createOctokitGitHub({
    ...{ apiUrl, tokens, ...GITHUB_REQUEST, ledger },
    logger,
    observer: observeGitHub(metrics),
  });
  const gitHub =
    demo === null ? octokit : createDemoGitHub(octokit, [...demo.tracked, demo.untracked]);
  const bounds = checksOf(config, demo);
  const histories = await openHistories(config, { demo, tokens });
  const worker = await startWorker({
    ...{ ...adapters, gitHub, bounds, logger, metrics },
    ...(histories !== null && { histories }),
  });
  closing.add("worker", () => worker.stop());
  if (demo !== null) return;
  const stopping = new AbortController();
  const { signal } = stopping;
  const announced = announceTokens(tokens, { apiUrl, ...GITHUB_REQUEST, ledger, logger, signal });
  closing.add("tokens", async () => {
    stopping.abort();
    await announced;
  });
}

function checksOf({ checks }: Config, demo: Demo | null): IntervalBounds {
  return demo === null ? checks : DEMO_CHECKS;
}

async function startSchedulerRole({
  config,
  adapters,
  demo,
  logger,
  metrics,
  closing,
}: Parts): Promise<void> {
  const { minMs } = checksOf(config, demo);
  const gatherMs = Math.min(minMs / 5, GATHER_MS_MAX);
  const { database, queue, fanout } = adapters;
  readStatus(metrics, { database, queue });
  const scheduler = startScheduler({ ...adapters, gatherMs, logger, metrics });
  closing.add("scheduler", () => scheduler.stop());
  const filling = await startFilling({ database, fanout, projections: PROJECTIONS, logger });
  closing.add("filling", () => filling.stop());
  const { feedRetentionMs: retentionMs } = config;
  if (retentionMs === null) return;
  const pruning = startPruning({ database, retentionMs, logger });
  closing.add("pruning", () => pruning.stop());
}

async function addDemoRepositories({ adapters, logger }: Parts, demo: Demo): Promise<void> {
  for (const url of demo.tracked) {
    await addRepository(
      { ...adapters, gitHubHost: "github.com", logger },
      { url, trackFrom: null },
    );
  }
}
