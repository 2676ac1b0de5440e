import { setTimeout as delay } from "node:timers/promises";
import type { GitHubStandInControl } from "../control/control.js";
import type { CommitSpec } from "../git/git-write.js";
import type { Random } from "../seeded-random.js";
import { DEMO_BRANCH, type DemoRepository, pickPerson, planCommit } from "./demo-history.js";
import { mergeMessage } from "./demo-messages.js";
import type { DemoProject } from "./demo-projects.js";

const MERGE_SHARE = 0.15;
const BURST_MAX = 3; // of bots

export interface LandingOptions {
  readonly standIn: GitHubStandInControl;
  readonly repository: DemoRepository;
  /** How many times as fast as its project says. Default 1. */
  readonly haste?: number;
  readonly signal: AbortSignal;
}

/** Has happen to a repository what its project says, until aborted; ends quietly. */
export async function landCommits(options: LandingOptions): Promise<void> {
  const { standIn, repository, haste = 1, signal } = options;
  const { nameWithOwner, project } = repository;
  const { pushEveryMs, rewriteEvery, rename } = project;
  let base: string | null = null;
  for (let count = 1; await pause(pushEveryMs / haste, signal); count += 1) {
    const { headOid } = await standIn.describeRepository(nameWithOwner);
    if (base !== null && isTurn(count, rewriteEvery)) {
      await pushInstead(standIn, nameWithOwner, project, base);
      base = null;
      continue;
    }
    await standIn.commit(nameWithOwner, planPush(project, headOid, Math.random));
    base = headOid;
    if (rename === undefined || !isTurn(count, rename.every)) continue;
    const isBack = (count / rename.every) % 2 === 0;
    await standIn.rename(nameWithOwner, isBack ? project.name : rename.to);
  }
}

const isTurn = (count: number, every: number | undefined): boolean =>
  every !== undefined && count % every === 0;

/** False once it was told to stop. */
async function pause(meanMs: number, signal: AbortSignal): Promise<boolean> {
  const ms = meanMs * (0.5 + Math.random());
  return await delay(ms, !signal.aborted, { signal }).catch(() => false);
}

/** The last push again, put better, as who rebases does. */
async function pushInstead(
  standIn: GitHubStandInControl,
  name: string,
  project: DemoProject,
  base: string,
): Promise<void> {
  const commit = { ...planCommit(project, Math.random), parents: [base] };
  const [oid = base] = await standIn.writeCommits(name, [commit]);
  await standIn.forcePush(name, DEMO_BRANCH, oid);
}

/** One commit, several of bots, or two on a branch and their merge. */
function planPush(project: DemoProject, headOid: string | null, random: Random): CommitSpec[] {
  const commit = () => planCommit(project, random);
  if (headOid !== null && random() < MERGE_SHARE) {
    const message = mergeMessage(project, 200 + Math.floor(random() * 800), random);
    const author = pickPerson(project, random);
    return [commit(), commit(), { message, author, parents: [headOid, ":1"] }];
  }
  const count = (project.botShare ?? 0) > random() ? 1 + Math.floor(random() * BURST_MAX) : 1;
  return Array.from({ length: count }, commit);
}
