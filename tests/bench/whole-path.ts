import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { createInProcessFanout } from "../../src/fanout/in-process-fanout.js";
import { createOctokitGitHub } from "../../src/github/octokit-github.js";
import { STAND_IN_TOKEN } from "../../src/github-stand-in/stand-in.js";
import { openDatabase } from "../../src/postgres/database.js";
import { createInProcessQueue } from "../../src/queue/in-process-queue.js";
import { startScheduler } from "../../src/scheduler/scheduler.js";
import { createBudgetStore } from "../../src/store/budget/budget-store.js";
import { createMetrics } from "../../src/telemetry/metrics/metrics.js";
import { addRepository } from "../../src/tracking/add-repository.js";
import { startWorker } from "../../src/worker/worker.js";

const COMMITS = 20_000;
const ROUNDS = 3;

/** Commits a second from `addRepository` to the last event, GitHub in another process, without latency. */
export async function measureWholePath(makeDatabase: () => Promise<string>) {
  const { url, head, stop } = await startHistory();
  try {
    const rates: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      rates.push(await backfill(await makeDatabase(), url, head));
    }
    const sorted = rates.sort((a, b) => a - b);
    return {
      commits: COMMITS,
      "commits/s": Math.round(sorted[1] ?? 0),
      min: Math.round(sorted[0] ?? 0),
      max: Math.round(sorted.at(-1) ?? 0),
    };
  } finally {
    await stop();
  }
}

/** A stand-in in another process, with a history of `COMMITS` to be fetched. */
export async function startHistory() {
  const script = fileURLToPath(new URL("stand-in-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, String(COMMITS)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const [url = "", head = ""] = line.toString().trim().split(" ");
  return {
    ...{ url, head },
    async stop() {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

/** Commits a second. */
export async function backfill(databaseUrl: string, apiUrl: string, head: string): Promise<number> {
  const logger = pino({ level: "silent" });
  const database = openDatabase({ url: databaseUrl, connectionsMax: 4 });
  const queue = createInProcessQueue({ logger });
  const fanout = createInProcessFanout({ logger });
  const gitHub = createOctokitGitHub({
    apiUrl,
    tokens: [STAND_IN_TOKEN],
    ledger: createBudgetStore({ database, requestTimeoutMs: 10_000 }),
    userAgent: "tracker-bench",
    requestTimeoutMs: 10_000,
    logger,
  });
  const bounds = { minMs: 60_000, maxMs: 60_000 };
  const metrics = createMetrics();
  const worker = await startWorker({ database, queue, fanout, gitHub, bounds, logger, metrics });
  // A long history gives its row back now and then.
  const scheduler = startScheduler({ database, queue, gatherMs: 50, logger, metrics });
  const complete = new Promise<void>((resolve) => {
    const look = async () => {
      const row = await database.primary.repository.findFirst();
      if (row?.headOid && Buffer.from(row.headOid).toString("hex") === head) resolve();
    };
    void fanout.listen(() => void look());
  });
  const startedAt = performance.now();
  const request = { url: "bench/history", trackFrom: null };
  await addRepository({ database, queue, gitHubHost: "github.com", logger }, request);
  await complete;
  const seconds = (performance.now() - startedAt) / 1_000;
  await scheduler.stop();
  await worker.stop();
  const stored = await database.primary.commit.count();
  await database.close();
  if (stored !== COMMITS) throw new Error(`stored ${stored} of ${COMMITS}`);
  return COMMITS / seconds;
}
