import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDemoRepositories } from "../../src/github-stand-in/demo/demo-history.js";
import { landCommits } from "../../src/github-stand-in/demo/demo-landing.js";
import type { GitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { eventually } from "../support/eventually.js";
import { git } from "./ask.js";

let folder: string;
const started: GitHubStandIn[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "demo-history-"));
});
afterEach(async () => {
  for (const standIn of started.splice(0)) await standIn.stop();
  await rm(folder, { recursive: true, force: true });
});

async function open() {
  const standIn = await startGitHubStandIn();
  started.push(standIn);
  return { standIn, repositories: await openDemoRepositories({ standIn, folder }) };
}

const TEAM_COUNT = 6;

const nameOf = ({ nameWithOwner }: { nameWithOwner: string }) => nameWithOwner;

/** A repository of the demo, with all that has happened to it from now on, until it is told to stop. */
async function live(name: string) {
  const { standIn, repositories } = await open();
  const repository = repositories.find((one) => one.nameWithOwner === name);
  if (repository === undefined) throw new Error(`the demo has no ${name}`);
  const stopping = new AbortController();
  const landing = landCommits({ standIn, repository, haste: 5_000, signal: stopping.signal });
  return {
    ...{ standIn, repository },
    async stop() {
      stopping.abort();
      await expect(landing).resolves.toBeUndefined();
    },
  };
}

describe("the demo", () => {
  test("has sound repositories of several sizes, paces and authors, none dated ahead", async () => {
    const { repositories } = await open();
    expect(repositories).toHaveLength(7);
    const counts: number[] = [];
    for (const { gitDir, project } of repositories) {
      git(gitDir, ["fsck", "--strict"]);
      const count = (...args: string[]) =>
        Number(git(gitDir, ["rev-list", "--count", ...args, "main"]));
      counts.push(count());
      expect(count("--merges")).toBeGreaterThan(1);
      const authors = new Set(git(gitDir, ["log", "--format=%ae", "main"]).split("\n"));
      if (project.people.length === TEAM_COUNT) {
        expect(authors.size).toBeGreaterThanOrEqual(TEAM_COUNT);
      }
      const newest = Math.max(
        ...git(gitDir, ["log", "--format=%ct", "main"]).split("\n").map(Number),
      );
      expect(newest * 1000).toBeLessThanOrEqual(Date.now());
    }
    expect(Math.min(...counts)).toBeLessThan(100);
    expect(Math.max(...counts)).toBeGreaterThan(5_000);
    const paces = repositories.map(({ project }) => project.pushEveryMs);
    expect(Math.max(...paces) / Math.min(...paces)).toBeGreaterThanOrEqual(5);
  });

  test("is written by people of many scripts and by bots", async () => {
    const { repositories } = await open();
    const names = repositories
      .map(({ gitDir }) => git(gitDir, ["log", "--format=%an %s", "main"]))
      .join("\n");
    for (const script of ["Han", "Cyrillic", "Arabic", "Hebrew", "Hangul", "Greek", "Devanagari"]) {
      expect(names, script).toMatch(new RegExp(`\\p{Script=${script}}`, "u"));
    }
    for (const bot of ["dependabot", "renovate", "github-actions"]) {
      expect(names).toContain(`${bot}[bot]`);
    }
  });

  test("has one more of an owner of whom one is tracked, for who tries it", async () => {
    const { repositories } = await open();
    const [untracked, ...tracked] = repositories.map(nameOf).reverse();
    expect(untracked).toBe("ada-w/weather-cli");
    expect(tracked.filter((name) => name.startsWith("ada-w/"))).toHaveLength(1);
  });

  test("goes on from the same folder: same ids, same heads", async () => {
    const first = await open();
    const second = await open();
    expect(second.repositories).toEqual(first.repositories);
  });

  test("lands commits on top of what is there until it is told to stop", async () => {
    const { standIn, repository, stop } = await live("lighthouse-labs/beacon");
    const { gitDir, headOid, nameWithOwner } = repository;
    await eventually(async () => {
      expect((await standIn.describeRepository(nameWithOwner)).headOid).not.toBe(headOid);
    });
    await stop();
    expect(git(gitDir, ["merge-base", String(headOid), "main"])).toBe(headOid);
    git(gitDir, ["fsck", "--strict"]);
  });

  test("takes a push back now and then, and never more than what it has pushed", async () => {
    const { standIn, repository, stop } = await live("ada-w/notebook");
    const { gitDir, headOid, nameWithOwner } = repository;
    const seen = new Set<string>();
    await eventually(async () => {
      seen.add(String((await standIn.describeRepository(nameWithOwner)).headOid));
      const kept = git(gitDir, ["rev-list", "main"]).split("\n");
      expect([...seen].filter((oid) => !kept.includes(oid))).not.toEqual([]);
    });
    await stop();
    expect(git(gitDir, ["merge-base", String(headOid), "main"])).toBe(headOid);
    git(gitDir, ["fsck", "--strict"]);
  });

  test("is renamed and named back, and found under either name", async () => {
    const { standIn, repository, stop } = await live("harbor-dev/lexicon");
    for (const name of ["harbor-dev/phrasebook", "harbor-dev/lexicon", "harbor-dev/phrasebook"]) {
      await eventually(async () => {
        const facts = await standIn.describeRepository("harbor-dev/lexicon");
        expect(facts).toMatchObject({ nameWithOwner: name, id: repository.id });
      });
    }
    await stop();
  });
});
