import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createBareRepository } from "../../git/bare-repository.js";
import type { GitHubStandInControl, RepositoryFacts } from "../control/control.js";
import { findRef } from "../git/git-refs.js";
import type { CommitSpec, SignatureSpec } from "../git/git-write.js";
import { setBranch, writeCommits } from "../git/git-write.js";
import { type Random, seededRandom } from "../seeded-random.js";
import type { DemoProject } from "./demo-content.js";
import {
  DEMO_LINKED_EMAILS,
  DEMO_PEOPLE,
  DEMO_PROJECTS,
  demoMessage,
  pick,
} from "./demo-content.js";

const BRANCH = "main";
const MINUTE = 60_000;
const MEAN_GAP_MS = 9 * 60 * MINUTE; // a few commits a day
const MERGE_SHARE = 0.12; // of the steps of the main line
const LIVE_MERGE_SHARE = 0.15;

export interface DemoOptions {
  readonly standIn: GitHubStandInControl;
  /** Keeps the repositories, as bare git repositories, from start to start. */
  readonly folder: string;
}

export interface DemoRepository extends RepositoryFacts {
  readonly project: DemoProject;
}

/** Adds the demo's repositories to a stand-in: those in the folder as they are, the others newly made. */
export async function openDemoRepositories(options: DemoOptions): Promise<DemoRepository[]> {
  const { standIn, folder } = options;
  for (const [email, login] of DEMO_LINKED_EMAILS) await standIn.linkEmail(email, login);
  const opened: DemoRepository[] = [];
  for (const project of DEMO_PROJECTS) {
    const gitDir = join(folder, `${project.owner}--${project.name}.git`);
    // The branch is set last, so a repository that has it is complete.
    if (findRef(gitDir, `refs/heads/${BRANCH}`) === null) await makeRepository(project, gitDir);
    const { owner, name, databaseId } = project;
    const facts = await standIn.addRepository({ owner, name, databaseId, gitDir });
    opened.push({ ...facts, project });
  }
  return opened;
}

async function makeRepository(project: DemoProject, gitDir: string): Promise<void> {
  await rm(gitDir, { recursive: true, force: true });
  await createBareRepository(gitDir, BRANCH);
  const now = Date.now();
  const oids = await writeCommits(gitDir, planHistory(project, now), null, now);
  await setBranch(gitDir, BRANCH, oids.at(-1) ?? null);
}

/** A main line with short branches merged into it, ending a little before `endMs`; pure. */
export function planHistory(project: DemoProject, endMs: number): CommitSpec[] {
  const random = seededRandom(project.databaseId);
  const commits: CommitSpec[] = [];
  let atMs = endMs - project.commitCount * MEAN_GAP_MS;
  let pullRequest = 1;
  const stamp = () => {
    // What is left of the time, shared by what is left of the commits, keeps the end before `endMs`.
    const left = Math.max(1, project.commitCount + 8 - commits.length);
    atMs += ((endMs - atMs) / left) * 2 * random();
    return new Date(atMs).toISOString();
  };
  const add = (spec: CommitSpec) => commits.push(spec) - 1;
  const write = (parents: readonly string[]) => {
    const author = { ...pick(DEMO_PEOPLE, random), date: stamp() };
    return add({ message: demoMessage(project, random).text, author, parents });
  };
  let tip = add({ message: "Initial commit", author: by(DEMO_PEOPLE[0], stamp()), parents: [] });
  while (commits.length < project.commitCount) {
    if (random() >= MERGE_SHARE) {
      tip = write([`:${tip}`]);
      continue;
    }
    let side = tip;
    const sideCount = 1 + Math.floor(random() * 4);
    for (let count = 0; count < sideCount; count += 1) side = write([`:${side}`]);
    tip = write([`:${tip}`]); // the main line went on meanwhile
    const author = by(pick(DEMO_PEOPLE, random), stamp());
    const message = mergeMessage(project, pullRequest, random);
    tip = add({ message, author, parents: [`:${tip}`, `:${side}`] });
    pullRequest += 1 + Math.floor(random() * 3);
  }
  return commits;
}

function by(person: SignatureSpec | undefined, date: string): SignatureSpec {
  return { name: "The Octocat", email: "octocat@users.noreply.github.com", ...person, date };
}

function mergeMessage(project: DemoProject, pullRequest: number, random: Random): string {
  const { text, slug } = demoMessage(project, random);
  const [headline] = text.split("\n", 1);
  return `Merge pull request #${pullRequest} from ${project.owner}/${slug}\n\n${headline}`;
}

export interface LandingOptions {
  readonly standIn: GitHubStandInControl;
  readonly repositories: readonly DemoRepository[];
  /** Mean time between two pushes. */
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/** Pushes a commit, now and then a merged branch, to one of the repositories until aborted; ends quietly. */
export async function landCommits(options: LandingOptions): Promise<void> {
  const { standIn, repositories, everyMs, signal } = options;
  while (!signal.aborted) {
    try {
      await delay(everyMs * (0.7 + 0.6 * Math.random()), undefined, { signal });
    } catch {
      return; // aborted while waiting
    }
    const { nameWithOwner, project } = pick(repositories, Math.random);
    const { headOid } = await standIn.describeRepository(nameWithOwner);
    await standIn.commit(nameWithOwner, planPush(project, headOid, Math.random));
  }
}

/** One commit, or two on a branch and their merge. */
function planPush(project: DemoProject, headOid: string | null, random: Random): CommitSpec[] {
  const author = pick(DEMO_PEOPLE, random);
  const commit = (): CommitSpec => ({ message: demoMessage(project, random).text, author });
  if (headOid === null || random() >= LIVE_MERGE_SHARE) return [commit()];
  const pullRequest = 200 + Math.floor(random() * 800);
  return [
    commit(),
    commit(),
    {
      message: mergeMessage(project, pullRequest, random),
      author: pick(DEMO_PEOPLE, random),
      parents: [headOid, ":1"],
    },
  ];
}
