import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { landCommits, openDemoRepositories } from "../../src/github-stand-in/demo/demo-history.js";
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

describe("the demo", () => {
  test("has three sound repositories with merges and several authors, none dated ahead", async () => {
    const { repositories } = await open();
    expect(repositories).toHaveLength(3);
    for (const { gitDir } of repositories) {
      git(gitDir, ["fsck", "--strict"]);
      const count = (...args: string[]) =>
        Number(git(gitDir, ["rev-list", "--count", ...args, "main"]));
      expect(count()).toBeGreaterThanOrEqual(150);
      expect(count()).toBeLessThanOrEqual(400);
      expect(count("--merges")).toBeGreaterThan(5);
      expect(new Set(git(gitDir, ["log", "--format=%ae", "main"]).split("\n")).size).toBe(6);
      const newest = Math.max(
        ...git(gitDir, ["log", "--format=%ct", "main"]).split("\n").map(Number),
      );
      expect(newest * 1000).toBeLessThanOrEqual(Date.now());
    }
  });

  test("goes on from the same folder: same ids, same heads", async () => {
    const first = await open();
    const second = await open();
    expect(second.repositories).toEqual(first.repositories);
  });

  test("lands commits on top of what is there until it is told to stop", async () => {
    const { standIn, repositories } = await open();
    const stopping = new AbortController();
    const landing = landCommits({ standIn, repositories, everyMs: 5, signal: stopping.signal });
    await eventually(async () => {
      const facts = await Promise.all(
        repositories.map(({ nameWithOwner }) => standIn.describeRepository(nameWithOwner)),
      );
      expect(facts.every((now, index) => now.headOid !== repositories[index]?.headOid)).toBe(true);
    });
    stopping.abort();
    await expect(landing).resolves.toBeUndefined();
    for (const { gitDir, headOid } of repositories) {
      expect(git(gitDir, ["merge-base", String(headOid), "main"])).toBe(headOid);
      git(gitDir, ["fsck", "--strict"]);
    }
  });
});
