/**
 * `npm run bench:web`: what Chromium's own trace says of each place of the page over ten thousand commits,
 * loaded without a cache: paints, long tasks, and what came over the wire.
 */
import { Console } from "node:console";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { type Browser, chromium, type Page } from "playwright-core";
import { startEmbeddedPostgres } from "../../src/postgres/embedded-postgres.js";
import { migrate } from "../../src/postgres/migrate.js";
import { findChromium } from "../support/chromium.js";
import { ask } from "../support/graphql-client.js";
import { databaseUrl, execute } from "../support/postgres.setup.js";
import { findRabbitmqServer, startBroker } from "../support/rabbitmq.js";
import { startTracker } from "../support/tracker-process.js";
import { seed } from "./api/seed.js";
import { type TraceFigures, traced } from "./web/trace.js";

const COMMITS = 10_000;
const ROUNDS = 5;
const VIEWPORT = { width: 1280, height: 900 };
const console = new Console(process.stdout);

/** Each place, and what stands there once it can be used. */
async function placesOf(url: string): Promise<Record<string, readonly [string, string]>> {
  const { commits } = await ask<{
    commits: { nodes: { oid: string; repository: { nameWithOwner: string } }[] };
  }>(url, "{ commits(first: 1) { nodes { oid repository { nameWithOwner } } } }");
  const [newest] = commits.nodes;
  const name = newest?.repository.nameWithOwner ?? "";
  return {
    live: ["/", ".commit-line"],
    repositories: ["/repositories", ".repository-name a"],
    "one repository": [`/repositories/${name}`, ".commit-line"],
    "one commit": [`/commits/${name}/${newest?.oid}`, ".facts, h1"],
    system: ["/system", ".small-table"],
  };
}

const SIZES = `JSON.stringify([...performance.getEntriesByType("navigation"),
  ...performance.getEntriesByType("resource")].map(({ name, transferSize }) => ({ name, transferSize })))`;

async function load(browser: Browser, url: string, [path, shown]: readonly [string, string]) {
  const context = await browser.newContext({ viewport: VIEWPORT });
  const page = await context.newPage();
  try {
    let usableMs = 0;
    const figures = await traced(browser, page, async () => {
      await page.goto(url + path, { waitUntil: "commit" });
      await page.locator(shown).first().waitFor();
      usableMs = await page.evaluate<number>("performance.now()");
      await page.waitForLoadState("networkidle");
    });
    const sizes = JSON.parse(await page.evaluate<string>(SIZES)) as {
      name: string;
      transferSize: number;
    }[];
    const kB = (ending: RegExp) =>
      sizes
        .filter(({ name }) => ending.test(name))
        .reduce((sum, { transferSize }) => sum + transferSize / 1_000, 0);
    return { ...figures, usableMs, scriptKB: kB(/\.js$/), allKB: kB(/./) };
  } finally {
    await context.close();
  }
}

/** From the newest commit to the oldest, as fast as they come. */
async function scrollThrough(browser: Browser, url: string): Promise<TraceFigures> {
  const context = await browser.newContext({ viewport: VIEWPORT });
  const page = await context.newPage();
  try {
    await page.goto(url);
    await page.locator(".commit-line").first().waitFor();
    return await traced(browser, page, () => scrollToEnd(page));
  } finally {
    await context.close();
  }
}

async function scrollToEnd(page: Page): Promise<void> {
  const isAtEnd = `Boolean(document.querySelector('.window-row[aria-setsize="${COMMITS}"]'))`;
  do {
    await page.mouse.wheel(0, 3_000);
  } while (!(await page.evaluate<boolean>(isAtEnd)));
}

function median(values: readonly (number | null)[]): number | null {
  const known = values.filter((one): one is number => one !== null).sort((a, b) => a - b);
  const middle = known[Math.floor(known.length / 2)];
  return middle === undefined ? null : Math.round(middle * 10) / 10;
}

const executablePath = findChromium();
if (executablePath === null) throw new Error("Chromium is not installed.");
const folder = await mkdtemp(join(tmpdir(), "bench-web-"));
const rabbitmq = findRabbitmqServer();
if (rabbitmq === null) throw new Error("RabbitMQ is not installed.");
const postgres = await startEmbeddedPostgres({
  dataDir: join(folder, "data"),
  logger: pino({ level: "silent" }),
});
const broker = await startBroker(rabbitmq);
try {
  await execute(postgres.url, "create database bench");
  const database = databaseUrl(postgres.url, "bench");
  await migrate(database);
  await seed(database, COMMITS);
  const env = { DATABASE_URL: database, RABBITMQ_URL: broker.url, ROLES: "api", RATE_LIMIT: "0" };
  await using tracker = startTracker(env);
  const url = await tracker.url();
  const browser = await chromium.launch({ executablePath, args: ["--disable-gpu"] });
  const rows: Record<string, object> = {};
  for (const [name, place] of Object.entries(await placesOf(url))) {
    const rounds: Awaited<ReturnType<typeof load>>[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await load(browser, url, place));
    const of = (figure: keyof (typeof rounds)[number]) => median(rounds.map((one) => one[figure]));
    rows[name] = {
      "first paint ms": of("firstPaintMs"),
      "first content ms": of("firstContentMs"),
      "largest content ms": of("largestContentMs"),
      "usable ms": of("usableMs"),
      "long tasks": of("longTasks"),
      "longest task ms": of("longestTaskMs"),
      "JavaScript kB": of("scriptKB"),
      "all kB": of("allKB"),
    };
  }
  console.table(rows);
  const { longTasks, longestTaskMs } = await scrollThrough(browser, url);
  const longest = Math.round(longestTaskMs);
  console.log(`Scrolled through ${COMMITS}: ${longTasks} long tasks, the longest ${longest} ms.`);
  await browser.close();
} finally {
  await broker.stop();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}
