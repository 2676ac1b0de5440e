import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { ask } from "../support/graphql-client.js";
import { addRepository, readRepository } from "../support/tracker-api.js";
import { startTracker, type TrackerProcess } from "../support/tracker-process.js";

const NAME = "ada-w/weather-cli";
const LONG = "harbor-dev/atlas";
const run = promisify(execFile);

interface Coming {
  readonly state: string;
  readonly commitCount: number;
  readonly backfill: {
    readonly transport: string;
    readonly receivedBytes: number | null;
    readonly leftCount: number | null;
    readonly secondsLeft: number | null;
  } | null;
}

/** What anybody who looks sees of a first history, from now until it is complete. */
async function watchHistory(url: string, name: string): Promise<Coming[]> {
  const seen: Coming[] = [];
  await eventually(async () => {
    const { repository } = await ask<{ repository: Coming | null }>(
      url,
      `{ repository(nameWithOwner: "${name}") { state commitCount
           backfill { transport receivedBytes leftCount secondsLeft } } }`,
    );
    if (repository !== null) seen.push(repository);
    expect(repository?.state).toBe("ACTIVE");
  }, 180_000);
  return seen;
}

/** The README's code block with that in it. */
async function readmeBlock(language: string, part: string): Promise<string> {
  const readme = await readFile("README.md", "utf8");
  const blocks = readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"));
  const found = [...blocks].map(([, block = ""]) => block).find((block) => block.includes(part));
  if (found === undefined) throw new Error(`README.md has no ${language} with ${part}`);
  return found;
}

describe("the demo, in a job of GitHub Actions", { timeout: 240_000 }, () => {
  let dataDir: string;
  let tracker: TrackerProcess;
  let url: string;
  let watched: Promise<Coming[]>;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "tracker-demo-"));
    tracker = startTracker({ DATA_DIR: dataDir, GITHUB_API_URL: "https://api.github.com" });
    url = await tracker.url();
    watched = watchHistory(url, LONG);
    watched.catch(() => {}); // told where it is awaited
    await addRepository(url, `https://github.com/${NAME}`);
    await eventually(async () => {
      for (const name of [NAME, "lighthouse-labs/beacon", "lighthouse-labs/tide-charts"]) {
        expect(await readRepository(url, name)).toMatchObject({ state: "ACTIVE" });
      }
    }, 60_000);
  });
  afterAll(async () => {
    await tracker?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it("says what it is and what it knows, where it does not have a repository", async () => {
    await addRepository(url, "https://github.com/expressjs/express");
    await eventually(async () => {
      const { state, lastError } = await readRepository(url, "expressjs/express");
      expect(state).toBe("UNAVAILABLE");
      expect(lastError).toBe(
        "This is the demo; it knows lighthouse-labs/beacon, lighthouse-labs/tide-charts, lighthouse-labs/deploy-kit, harbor-dev/lexicon, ada-w/notebook, harbor-dev/atlas, and ada-w/weather-cli. Set GITHUB_TOKENS for github.com.",
      );
    });
    const owner = startTracker({ TRACKER_URL: url }, ["add-owner", "expressjs"]);
    expect(await owner.exited).toBe(1);
    expect(owner.output()).toContain("This is the demo; it knows");
  });

  it("does with README's query of the latest fixes what its text says", async () => {
    interface Answer {
      readonly commits: { readonly nodes: readonly { readonly messageHeadline: string }[] };
      readonly topAuthors: readonly unknown[];
      readonly commitActivity: readonly unknown[];
    }
    const shown = await ask<Answer>(url, await readmeBlock("graphql", "last: 5"));
    expect(shown.topAuthors).toHaveLength(3);
    expect(shown.commitActivity.length).toBeGreaterThan(5);
    const newest = await ask<Answer>(
      url,
      `{ commits(filter: { author: "ada-w", text: "fix" }, orderBy: { field: SEQUENCE }, first: 50) {
           nodes { messageHeadline } } }`,
    );
    const headlines = ({ commits }: Answer) => commits.nodes.map((node) => node.messageHeadline);
    // One may have landed between the two.
    const latest = headlines(newest).slice(0, 8).reverse().join("\n");
    expect(headlines(shown)).toHaveLength(5);
    expect(latest).toContain(headlines(shown).join("\n"));
  });

  it("has the commit of README's awaitCommit, at once", async () => {
    const block = await readmeBlock("sh", "awaitCommit");
    const script = block
      .replaceAll("http://127.0.0.1:4000", url)
      .replaceAll(".data/demo", join(dataDir, "demo"));
    const { stdout } = await run("sh", ["-c", script]);
    expect(JSON.parse(stdout)).toMatchObject({
      data: { awaitCommit: { commit: { url: expect.stringContaining(`${NAME}/commit/`) } } },
    });
  });

  it("has a long history come in slowly enough to be watched: bytes, then commits and the time left", async () => {
    const seen = await watched;
    expect(seen.at(-1)?.commitCount).toBeGreaterThanOrEqual(6_000);
    const byGit = seen.flatMap(({ backfill }) => (backfill?.transport === "GIT" ? [backfill] : []));
    expect(new Set(byGit.map(({ receivedBytes }) => receivedBytes)).size).toBeGreaterThan(5);
    const withTime = byGit.filter(({ secondsLeft }) => secondsLeft !== null);
    expect(new Set(withTime.map(({ leftCount }) => leftCount)).size).toBeGreaterThan(2);
  });

  it("writes JSON lines alone where no terminal shows them", () => {
    for (const line of tracker.output().trim().split("\n")) expect(line).toMatch(/^\{.*\}$/);
  });
});
