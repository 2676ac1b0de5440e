import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { type GitFailureReason, gitFailureReason } from "../../src/git/git-failure.js";
import type {
  GitCommit,
  GitHistories,
  GitHistory,
  GitPage,
  OddInGit,
} from "../../src/git/git-histories.js";
import type { GitLimits } from "../../src/git/git-limits.js";
import { openUploadPackHistories } from "../../src/git/upload-pack-histories.js";
import {
  type GitHubStandIn,
  STAND_IN_TOKEN,
  startGitHubStandIn,
} from "../../src/github-stand-in/stand-in.js";
import { eventually } from "../support/eventually.js";

export const NEVER = new AbortController().signal;

export interface Scene {
  readonly gitHub: GitHubStandIn;
  /** Where the histories of this test file are kept while they are read. */
  readonly folder: string;
  /** Adapter with limits of its own. */
  open(limits?: Partial<GitLimits>, more?: OpenMore): Promise<GitHistories>;
}

interface OpenMore {
  readonly tokens?: readonly string[];
  readonly gitUrl?: string;
  readonly folder?: string;
  readonly now?: () => number;
}

/** A stand-in and a folder for a test file; after each test neither a process nor a file is left. */
export function setScene(): Scene {
  const scene = { folder: "" } as { gitHub: GitHubStandIn; folder: string };
  beforeAll(async () => {
    scene.gitHub = await startGitHubStandIn();
    scene.folder = await mkdtemp(join(tmpdir(), "git-scene-"));
  });
  afterEach(async () => {
    await scene.gitHub.clearFaults();
    await requireNothingLeft(scene.folder);
  });
  afterAll(async () => {
    await scene.gitHub.stop();
    await rm(scene.folder, { recursive: true });
  });
  return Object.assign(scene, {
    open: (limits = {}, { tokens = [STAND_IN_TOKEN], ...more }: OpenMore = {}) =>
      openUploadPackHistories({
        ...{ gitUrl: scene.gitHub.url, tokens, userAgent: "tracker-tests" },
        ...{ folder: scene.folder, limits: { freeBytesMin: 0, ...limits }, ...more },
      }),
  }) satisfies Scene;
}

async function requireNothingLeft(folder: string): Promise<void> {
  expect(await readdir(folder)).toEqual([]);
  await eventually(() => expect(processesIn(folder)).toEqual([]));
}

export interface RunningGit {
  readonly pid: number;
  readonly args: readonly string[];
  readonly environment: readonly string[];
}

/** Git's processes on what is in the folder, zombies included. */
export function processesIn(folder: string): RunningGit[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const args = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
      if (!args.some((arg) => arg.startsWith(`--git-dir=${folder}`))) return [];
      const environment = readFileSync(`/proc/${name}/environ`, "utf8").split("\0");
      return [{ pid: Number(name), args, environment }];
    } catch {
      return []; // it has just ended
    }
  });
}

export interface ReadHistory {
  readonly oids: readonly string[];
  readonly commits: readonly GitCommit[];
  readonly odd: readonly OddInGit[];
  readonly pages: readonly GitPage[];
}

/** All of a history, then closed. */
export async function readAll(
  history: GitHistory,
  size = { commits: 100, bytes: 1_000_000 },
): Promise<ReadHistory> {
  const pages: GitPage[] = [];
  try {
    for await (const page of history.pages(size)) pages.push(page);
  } finally {
    await history.close();
  }
  return {
    ...{ pages, oids: pages.flatMap(oidsOf) },
    commits: pages.flatMap(({ commits }) => commits),
    odd: pages.flatMap(({ odd }) => odd),
  };
}

/** In the order of the history. */
function oidsOf({ commits, odd }: GitPage): string[] {
  const oids = commits.map(({ oid }) => oid);
  for (const [index, { oid, place }] of odd.entries()) oids.splice(place + index, 0, oid);
  return oids;
}

/** Why it failed, with the failure itself. */
export async function failureOf(work: Promise<unknown>) {
  const error = await work.then(
    () => expect.unreachable("it did not fail"),
    (reason: unknown) => reason,
  );
  return {
    reason: gitFailureReason(error),
    error: error as Error & { details: { retryAt?: Date } },
  };
}

export async function reasonOf(work: Promise<unknown>): Promise<GitFailureReason | null> {
  const { reason, error } = await failureOf(work);
  if (reason === null) throw error;
  return reason;
}
