import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createBareRepository } from "../../src/git/bare-repository.js";
import { runGit } from "../../src/git/git-process.js";
import type {
  GitHubStandInControl,
  RepositoryFacts,
} from "../../src/github-stand-in/control/control.js";
import { findRef } from "../../src/github-stand-in/git/git-refs.js";

const COMMITS_A_PROCESS = 20_000;
const ADDED_AT_ONCE = 20;

export interface SharedRepositorySpec {
  readonly owner: string;
  readonly name: string;
  /** At least one: a history in a line, the root first. */
  readonly commitCount: number;
  /** ISO 8601. */
  readonly lastCommitAt: string;
  /** Between commits. */
  readonly stepMs: number;
}

/**
 * Many repositories with histories of their own in little time: their objects are written into one
 * store, of which each borrows as `git clone --shared` does. 2,000 of 100 commits take some seconds.
 */
export async function addSharedRepositories(
  gitHub: GitHubStandInControl,
  folder: string,
  specs: readonly SharedRepositorySpec[],
): Promise<RepositoryFacts[]> {
  const store = join(folder, "store.git");
  await createBareRepository(store, "main");
  const facts: RepositoryFacts[] = [];
  for (const some of inPortions(specs)) {
    const heads = await writeHistories(store, some);
    for (let at = 0; at < some.length; at += ADDED_AT_ONCE) {
      const added = some.slice(at, at + ADDED_AT_ONCE).map(async ({ owner, name }, index) => {
        const gitDir = join(folder, `${owner}-${name}.git`);
        await borrow(store, gitDir, heads[at + index] ?? "");
        return gitHub.addRepository({ owner, name, gitDir });
      });
      facts.push(...(await Promise.all(added)));
    }
  }
  return facts;
}

function inPortions(specs: readonly SharedRepositorySpec[]): SharedRepositorySpec[][] {
  const portions: SharedRepositorySpec[][] = [];
  let room = 0;
  for (const spec of specs) {
    if (room < spec.commitCount || portions.length === 0) {
      portions.push([]);
      room = COMMITS_A_PROCESS;
    }
    portions.at(-1)?.push(spec);
    room -= spec.commitCount;
  }
  return portions;
}

/** Their heads, in the order given. */
async function writeHistories(
  store: string,
  specs: readonly SharedRepositorySpec[],
): Promise<string[]> {
  const branches = specs.map(({ owner, name }) => `refs/heads/${owner}/${name}`);
  const stream = specs.flatMap((spec, place) => [
    `reset ${branches[place]}\n`,
    ...commitsOf(spec, branches[place] ?? ""),
  ]);
  const args = ["fast-import", "--quiet", "--done", "--date-format=raw"];
  await runGit(store, args, `${stream.join("")}done\n`);
  return branches.map((branch) => findRef(store, branch)?.oid ?? "");
}

/** For `git fast-import`: a commit goes on from the branch's last one. */
function commitsOf(
  { owner, name, commitCount, lastCommitAt, stepMs }: SharedRepositorySpec,
  branch: string,
): string[] {
  const endMs = Date.parse(lastCommitAt);
  return Array.from({ length: commitCount }, (_, index) => {
    const seconds = Math.floor((endMs - (commitCount - 1 - index) * stepMs) / 1_000);
    const who = `Author ${index % 7} <author${index % 7}@example.org> ${seconds} +0000`;
    const message = `Change ${index} of ${owner}/${name}`;
    const text = `data ${Buffer.byteLength(message)}\n${message}\n`;
    return `commit ${branch}\nauthor ${who}\ncommitter ${who}\n${text}\n`;
  });
}

async function borrow(store: string, gitDir: string, head: string): Promise<void> {
  await createBareRepository(gitDir, "main");
  await writeFile(join(gitDir, "objects", "info", "alternates"), `${store}/objects\n`);
  await writeFile(join(gitDir, "refs", "heads", "main"), `${head}\n`);
}
