import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createBareRepository } from "../../git/bare-repository.js";
import type { GitHubStandInControl, RepositoryFacts } from "../control/control.js";
import { findRef } from "../git/git-refs.js";
import type { CommitSpec, SignatureSpec } from "../git/git-write.js";
import { setBranch, writeCommits } from "../git/git-write.js";
import { type Random, seededRandom } from "../seeded-random.js";
import { botMessage, demoMessage, mergeMessage, pick } from "./demo-messages.js";
import { DEMO_BOTS, DEMO_LINKED_EMAILS } from "./demo-people.js";
import { DEMO_PROJECTS, type DemoProject } from "./demo-projects.js";

export const DEMO_BRANCH = "main";
const HOUR_MS = 3_600_000;
const MERGE_SHARE = 0.12; // of the steps of the main line
const STAY = 0.06; // of a project's life: as long as one stays who passes by

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
    if (findRef(gitDir, `refs/heads/${DEMO_BRANCH}`) === null) {
      await makeRepository(project, gitDir);
    }
    const { owner, name, databaseId } = project;
    const facts = await standIn.addRepository({ owner, name, databaseId, gitDir });
    opened.push({ ...facts, project });
  }
  return opened;
}

async function makeRepository(project: DemoProject, gitDir: string): Promise<void> {
  await rm(gitDir, { recursive: true, force: true });
  await createBareRepository(gitDir, DEMO_BRANCH);
  const now = Date.now();
  const oids = await writeCommits(gitDir, planHistory(project, now), null, now);
  await setBranch(gitDir, DEMO_BRANCH, oids.at(-1) ?? null);
}

/** A main line with short branches merged into it, ending a little before `endMs`; pure. */
export function planHistory(project: DemoProject, endMs: number): CommitSpec[] {
  const { commitCount, databaseId, gapHours } = project;
  const random = seededRandom(databaseId);
  const commits: CommitSpec[] = [];
  let atMs = endMs - commitCount * gapHours * HOUR_MS;
  let pullRequest = 1;
  const stamp = () => {
    // What is left of the time, shared by what is left of the commits, keeps the end before `endMs`.
    const left = Math.max(1, commitCount + 8 - commits.length);
    atMs += ((endMs - atMs) / left) * 4 * random() ** 3; // some days many, some days none
    return new Date(atMs).toISOString();
  };
  const age = () => commits.length / commitCount;
  const add = (spec: CommitSpec) => commits.push(spec) - 1;
  const write = (parents: readonly string[]) =>
    add({ ...planCommit(project, random, { date: stamp(), age: age() }), parents });
  const [founder] = project.people;
  let tip = add({ message: "Initial commit", author: by(founder, stamp()), parents: [] });
  while (commits.length < commitCount) {
    if (random() >= MERGE_SHARE) {
      tip = write([`:${tip}`]);
      continue;
    }
    let side = tip;
    const sideCount = 1 + Math.floor(random() * 4);
    for (let count = 0; count < sideCount; count += 1) side = write([`:${side}`]);
    tip = write([`:${tip}`]); // the main line went on meanwhile
    const author = by(pickPerson(project, random, age()), stamp());
    const message = mergeMessage(project, pullRequest, random);
    tip = add({ message, author, parents: [`:${tip}`, `:${side}`] });
    pullRequest += 1 + Math.floor(random() * 3);
  }
  return commits;
}

/** A person's, or now and then a bot's. */
export function planCommit(
  project: DemoProject,
  random: Random,
  { date, age = 1 }: { readonly date?: string; readonly age?: number } = {},
): CommitSpec {
  const isBots = random() < (project.botShare ?? 0);
  const author = isBots ? pick(DEMO_BOTS, random) : pickPerson(project, random, age);
  const message = isBots ? botMessage(random) : demoMessage(project, random).text;
  return { message, author: date === undefined ? author : { ...author, date } };
}

/** One of those who are there by then: 0 at its beginning, 1 now. */
export function pickPerson(
  { people, passersBy = [] }: DemoProject,
  random: Random,
  age = 1,
): SignatureSpec {
  const place = Math.floor(Math.abs(age - STAY * random()) * passersBy.length);
  const passerBy = random() < 0.5 ? passersBy[place] : undefined;
  return passerBy ?? pick(people, () => random() ** 1.4); // those in front write more
}

function by(person: SignatureSpec | undefined, date: string): SignatureSpec {
  return { name: "The Octocat", email: "octocat@users.noreply.github.com", ...person, date };
}
