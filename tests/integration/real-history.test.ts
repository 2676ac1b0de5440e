import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { runGit } from "../../src/git/git-process.js";
import { seededRandom } from "../../src/github-stand-in/seeded-random.js";
import type { GitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import type { Database } from "../../src/postgres/database.js";
import { readFeed } from "../support/feed.js";
import { revList } from "../support/histories.js";
import { startPipeline } from "../support/pipeline.js";

/** The history of expressjs/express, beside the project where it is being worked on. */
const ARCHIVE = fileURLToPath(new URL("../../../shared/repos/express.git.tar.gz", import.meta.url));
const NAME = "expressjs/express";
const BRANCH = "master";

const FIRST_PARENTS_BACK = 1_000;
const STEPS = 100;
const SEED = Number(process.env.TEST_SEED ?? Date.now() % 2 ** 32);

async function unpackArchive(): Promise<AsyncDisposable & { readonly gitDir: string }> {
  const folder = await mkdtemp(join(tmpdir(), "tracker-express-"));
  await promisify(execFile)("tar", ["-xzf", ARCHIVE, "-C", folder]);
  const [name = ""] = await readdir(folder);
  return {
    gitDir: join(folder, name),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

describe.runIf(existsSync(ARCHIVE))("a real history of thousands of commits", () => {
  it("is stored as git has it, with a request for each hundred commits", async () => {
    await using archive = await unpackArchive();
    await using pipeline = await startPipeline();
    const { gitHub, database } = pipeline;
    const { gitDir } = archive;
    await gitHub.addRepository({ owner: "expressjs", name: "express", gitDir });
    const expected = await revList(gitDir, BRANCH);
    const id = await pipeline.add("https://github.com/expressjs/express");
    await pipeline.settled(id, expected[0] ?? "", 60_000);

    const stored = await readStored(database, id);
    expect(stored.reachable).toHaveLength(expected.length);
    expect(new Set(stored.reachable)).toEqual(new Set(expected));
    expect(stored.orphaned).toEqual([]);
    const { requests } = (await gitHub.countOperations()).History ?? { requests: 0 };
    expect(requests).toBeLessThanOrEqual(Math.ceil(expected.length / 100) + 2);
  }, 90_000);

  it("that grows and is rewritten in random steps is exact after each of them, for few requests", async () => {
    await using archive = await unpackArchive();
    await using pipeline = await startPipeline();
    const { gitHub, database } = pipeline;
    const { gitDir } = archive;
    await gitHub.addRepository({ owner: "expressjs", name: "express", gitDir });
    const mainline = await revList(gitDir, "--first-parent", BRANCH);
    const upcoming = mainline.slice(0, FIRST_PARENTS_BACK).reverse();
    const steps = planSteps(upcoming, createRandom(SEED));
    expect(steps).toHaveLength(STEPS);

    let head = mainline[FIRST_PARENTS_BACK] ?? "";
    await gitHub.forcePush(NAME, BRANCH, head);
    const id = await pipeline.add(NAME);
    await pipeline.settled(id, head, 60_000);
    const everSeen = new Set(await revList(gitDir, head));
    for (const [index, step] of steps.entries()) {
      try {
        const before = head;
        const asked = await countPulls(gitHub);
        head = await step.move({ gitHub, gitDir, head });
        await pipeline.settled(id, head);

        const [reachable, gained, stored] = await Promise.all([
          revList(gitDir, head),
          revList(gitDir, head, "--not", before),
          readStored(database, id),
        ]);
        for (const oid of gained) everSeen.add(oid);
        const current = new Set(reachable);
        const orphaned = [...everSeen].filter((oid) => !current.has(oid));
        expectSameState(stored, { reachable, orphaned });
        if (step.isForce) continue;
        const bound = 2 * Math.ceil(gained.length / 100) + 2;
        expect((await countPulls(gitHub)) - asked).toBeLessThanOrEqual(bound);
      } catch (cause) {
        const place = `step ${index + 1} (${step.name})`;
        throw new Error(`${place} of TEST_SEED=${SEED}: ${String(cause)}`, { cause });
      }
    }
    expect(head).toBe(mainline[0]);
    expectSameState(await replay(database, id), await readStored(database, id));
  }, 120_000);
});

interface Step {
  readonly name: string;
  readonly isForce: boolean;
  /** Moves the branch; the head it has then. */
  move(now: { gitHub: GitHubStandIn; gitDir: string; head: string }): Promise<string>;
}

/** Random forward steps to the end of the history; among them one rewind, and two siblings with their ways back. */
function planSteps(upcoming: readonly string[], random: (below: number) => number): Step[] {
  const rewrites = [[rewind(1 + random(40))], ...[0, 1].map(() => detour(random))];
  const forwardCount = STEPS - rewrites.flat().length;
  const places = [upcoming.length - 1, ...pickDistinct(upcoming.length - 1, forwardCount - 1)].sort(
    (a, b) => a - b,
  );
  const steps: Step[][] = places.map((place) => [forward(upcoming[place] ?? "")]);
  const at = pickDistinct(forwardCount - 1, rewrites.length);
  for (const [index, rewrite] of rewrites.entries()) steps[at[index] ?? 0]?.push(...rewrite);
  return steps.flat();

  function pickDistinct(below: number, count: number): number[] {
    const picked = new Set<number>();
    while (picked.size < count) picked.add(random(below));
    return [...picked];
  }
}

function forward(oid: string): Step {
  return {
    name: `forward to ${oid}`,
    isForce: false,
    async move({ gitHub }) {
      await gitHub.push(NAME, BRANCH, oid);
      return oid;
    },
  };
}

function rewind(back: number): Step {
  return {
    name: `${back} first parents back`,
    isForce: true,
    async move({ gitHub, gitDir, head }) {
      const target = await ancestor(gitDir, head, back);
      await gitHub.forcePush(NAME, BRANCH, target);
      return target;
    },
  };
}

/** Two force pushes: to commits that were never on the mainline, and back to where it was. */
function detour(random: (below: number) => number): Step[] {
  const back = 1 + random(40);
  const length = 1 + random(120);
  let origin = "";
  const toSibling: Step = {
    name: `sibling of ${length} commits, ${back} first parents back`,
    isForce: true,
    async move({ gitHub, gitDir, head }) {
      origin = head;
      const fork = await ancestor(gitDir, head, back);
      const sibling = await writeChain(gitDir, fork, length);
      await gitHub.forcePush(NAME, BRANCH, sibling);
      return sibling;
    },
  };
  const andBack: Step = {
    name: "back from the sibling",
    isForce: true,
    async move({ gitHub }) {
      await gitHub.forcePush(NAME, BRANCH, origin);
      return origin;
    },
  };
  return [toSibling, andBack];
}

/** As git's plumbing writes them: the archive has no trees, which fast-import would read. */
async function writeChain(gitDir: string, fork: string, length: number): Promise<string> {
  const tree = (await runGit(gitDir, ["hash-object", "-t", "tree", "-w", "--stdin"])).toString();
  const who = "The Octocat <octocat@example.org> 1700000000 +0000";
  let tip = fork;
  for (let index = 0; index < length; index += 1) {
    const commit = `tree ${tree.trim()}\nparent ${tip}\nauthor ${who}\ncommitter ${who}\n\ninstead ${index}\n`;
    const oid = await runGit(gitDir, ["hash-object", "-t", "commit", "-w", "--stdin"], commit);
    tip = oid.toString().trim();
  }
  return tip;
}

async function ancestor(gitDir: string, head: string, back: number): Promise<string> {
  const [oid = ""] = await revList(gitDir, "--max-count=1", `${head}~${back}`);
  return oid;
}

/** Whole numbers below a bound, the same for the same seed. */
function createRandom(seed: number): (below: number) => number {
  const random = seededRandom(seed);
  return (below) => Math.floor(random() * below);
}

/** Requests so far, without those that ask where heads are. */
async function countPulls(gitHub: GitHubStandIn): Promise<number> {
  return Object.entries(await gitHub.countOperations())
    .filter(([operationName]) => operationName !== "LookUp")
    .reduce((sum, [, { requests }]) => sum + requests, 0);
}

interface State {
  readonly reachable: readonly string[];
  readonly orphaned: readonly string[];
}

async function readStored({ primary }: Database, repositoryId: number): Promise<State> {
  const rows = await primary.$queryRaw<{ oid: string; reachable: boolean }[]>`
    select encode(oid, 'hex') as oid, reachable from commit where repository_id = ${repositoryId}`;
  const oidsWhere = (reachable: boolean) =>
    rows.filter((row) => row.reachable === reachable).map(({ oid }) => oid);
  return { reachable: oidsWhere(true), orphaned: oidsWhere(false) };
}

/** What a subscriber who reads the feed from its start ends up with. */
async function replay(database: Database, repositoryId: number): Promise<State> {
  const reachable = new Set<string>();
  const all = new Set<string>();
  for (const event of await readFeed(database)) {
    expect(event.repository.id).toBe(repositoryId);
    for (const { oid } of event.commits) {
      expect(all.has(oid)).toBe(false);
      all.add(oid);
      reachable.add(oid);
    }
    for (const oid of event.orphanedOids) expect(reachable.delete(oid)).toBe(true);
    for (const oid of event.restoredOids) reachable.add(oid);
  }
  return {
    reachable: [...reachable],
    orphaned: [...all].filter((oid) => !reachable.has(oid)),
  };
}

/** Names only what differs: thousands of object ids tell nothing. */
function expectSameState(actual: State, expected: State): void {
  const differences = (["reachable", "orphaned"] as const).map((key) => {
    const [is, shouldBe] = [new Set(actual[key]), new Set(expected[key])];
    return {
      key,
      missing: expected[key].filter((oid) => !is.has(oid)),
      unexpected: actual[key].filter((oid) => !shouldBe.has(oid)),
      repeated: actual[key].length - is.size,
    };
  });
  const none = { missing: [], unexpected: [], repeated: 0 };
  expect(differences).toEqual([
    { key: "reachable", ...none },
    { key: "orphaned", ...none },
  ]);
}
