import { execFile } from "node:child_process";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import {
  type Action,
  fill,
  readYaml,
  runAction,
  runStep,
  type Workflow,
} from "./actions-runner.js";
import { type ExampleScene, exampleFile, startProgram, TRACKED } from "./example-scene.js";

const SCRIPT = exampleFile("ci/wait-for-commit.sh");
const UNKNOWN = "0".repeat(40);

/** Pushed, and not stored yet. */
async function commit({ gitHub }: ExampleScene, message: string): Promise<string> {
  const [oid = ""] = await gitHub.commit(TRACKED, [{ message }]);
  return oid;
}
const addressOf = (oid: string) => expect.stringMatching(new RegExp(`/${TRACKED}/commit/${oid}$`));

export function describeShellScript(theScene: () => ExampleScene): void {
  let scene: ExampleScene;
  beforeAll(() => {
    scene = theScene();
  });
  const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = ".") =>
    startProgram(["sh", SCRIPT, ...args], {
      cwd,
      env: { TRACKER_URL: scene.url, TRACKER_API_KEY: scene.key, ...env },
    });

  it("waits for the HEAD of the checkout, and prints its address", async () => {
    const checkout = join(scene.folder, "checkout");
    const { gitDir } = await scene.gitHub.describeRepository(TRACKED);
    const oid = await commit(scene, "pushed by a job");
    await promisify(execFile)("git", ["clone", "--quiet", gitDir, checkout]);
    await using program = start([TRACKED], {}, checkout);
    expect(await program.ended, program.stderr()).toBe(0);
    expect(program.stdout().trim()).toEqual(addressOf(oid));
  });

  it("goes on while the tracker cannot be reached", async () => {
    scene.line.block();
    const oid = await commit(scene, "pushed while it is away");
    await using program = start([TRACKED, oid]);
    await using refused = start([TRACKED, oid], { TIMEOUT_SECONDS: "1" });
    expect(await refused.ended).toBe(1);
    expect(refused.stderr()).toContain("not stored in time: curl:");
    expect(program.child.exitCode).toBeNull();
    scene.line.restore();
    expect(await program.ended, program.stderr()).toBe(0);
  });

  it.each([
    ["not in time", [TRACKED, UNKNOWN], { TIMEOUT_SECONDS: "1" }, 1, '"code":"TIMEOUT"'],
    ["not tracked", ["octo/unknown", UNKNOWN], {}, 1, '"code":"NOT_FOUND"'],
    ["a refused key", [TRACKED, UNKNOWN], { TRACKER_API_KEY: "no" }, 1, '"code":"UNAUTHENTICATED"'],
    ["no repository", [], {}, 2, "usage:"],
    ["a short oid", [TRACKED, "main"], {}, 2, "not a whole object id"],
    ["what is no name", ['a"/b', UNKNOWN], {}, 2, "usage:"],
  ])("says no in its exit code, and why: %s", async (_, args, env, code, why) => {
    await using program = start(args, env as Readonly<Record<string, string>>);
    expect(await program.ended).toBe(code);
    expect(program.stderr()).toContain(why);
    expect(program.stdout()).toBe("");
  });
}

export function describeGitHubAction(theScene: () => ExampleScene): void {
  let scene: ExampleScene;
  beforeAll(() => {
    scene = theScene();
  });
  const WORKFLOW = exampleFile("ci/workflow.yml");

  /** As its README has it copied. */
  async function install(): Promise<string> {
    const folder = join(scene.folder, ".github/actions/wait-for-commit");
    await mkdir(folder, { recursive: true });
    for (const name of ["action.yml", "wait-for-commit.sh"]) {
      await copyFile(exampleFile(`ci/${name}`), join(folder, name));
    }
    return folder;
  }

  it("waits in its workflow for the commit that was pushed, and tells later steps its address", async () => {
    const github = {
      repository: TRACKED,
      sha: await commit(scene, "pushed to the default branch"),
    };
    const vars = { TRACKER_URL: scene.url };
    const contexts = { github, vars, secrets: { TRACKER_API_KEY: scene.key } };
    const { jobs } = await readYaml<Workflow>(WORKFLOW);
    const [checkout, wait, use, ...others] = jobs.tracked?.steps ?? [];
    expect(checkout?.uses).toMatch(/^actions\/checkout@[0-9a-f]{40}$/);
    expect(wait?.uses).toBe("./.github/actions/wait-for-commit");
    expect(others).toEqual([]);
    const inputs = Object.entries(wait?.with ?? {});
    const given = Object.fromEntries(inputs.map(([name, text]) => [name, fill(text, contexts)]));
    const { folder } = scene;
    const waited = await runAction(await install(), { given, github, folder });
    expect(waited.code, waited.log).toBe(0);
    expect(waited.outputs.url).toEqual(addressOf(github.sha));
    expect(waited.summary).toBe(`The tracker has ${waited.outputs.url}\n`);
    const steps = { [wait?.id ?? ""]: waited };
    const used = await runStep(use ?? {}, { ...contexts, steps }, { folder });
    expect(used.log).toBe(`Now ${waited.outputs.url} can be read from the tracker.\n`);
  });

  it("fails its job when the commit is not stored in time", async () => {
    const given = { "tracker-url": scene.url, "api-key": scene.key, "timeout-seconds": "1" };
    const github = { repository: TRACKED, sha: UNKNOWN };
    const failed = await runAction(await install(), { given, github, folder: scene.folder });
    expect(failed.code).toBe(1);
    expect(failed.log).toContain("is not stored in time");
  });

  it("puts no expression into a script, where a name could be a command", async () => {
    const { runs } = await readYaml<Action>(exampleFile("ci/action.yml"));
    const { jobs } = await readYaml<Workflow>(WORKFLOW);
    const steps = [...runs.steps, ...Object.values(jobs).flatMap((job) => job.steps)];
    const scripts = steps.map(({ run = "" }) => run);
    expect(scripts.filter((script) => script !== "")).toHaveLength(3);
    expect(scripts.filter((script) => script.includes("${{"))).toEqual([]);
  });
}
