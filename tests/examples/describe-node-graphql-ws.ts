import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { type ExampleScene, exampleFile, startProgram } from "./example-scene.js";

const LINE = /^octo\/followed [0-9a-f]{7} (.*) \(.+\)$/;

export function describeNodeGraphqlWs(theScene: () => ExampleScene): void {
  let scene: ExampleScene;
  beforeAll(() => {
    scene = theScene();
  });

  const follow = (cursorFile: string, env: Readonly<Record<string, string>> = {}) =>
    startProgram([process.execPath, exampleFile("node-graphql-ws/follow.js")], {
      env: {
        ...{ TRACKER_URL: scene.url, TRACKER_API_KEY: scene.key },
        CURSOR_FILE: join(scene.folder, cursorFile),
        ...env,
      },
    });
  const headlinesIn = (stdout: string) =>
    stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => LINE.exec(line)?.[1] ?? line);

  it("prints each commit once, whatever becomes of the connection and of the process", async () => {
    await using first = follow("kept");
    await scene.caughtUp(join(scene.folder, "kept")); // it follows from here
    const shows = async (headlines: readonly string[], timeoutMs = 15_000) =>
      await eventually(() => expect(headlinesIn(first.stdout())).toEqual(headlines), timeoutMs);
    await scene.push("while connected");
    await shows(["while connected"]);
    scene.line.block();
    await eventually(() => expect(first.stderr()).toContain("not connected (1006), trying again"));
    await scene.push("while refused", "and another");
    scene.line.restore();
    await shows(["while connected", "while refused", "and another"]);
    scene.line.forget();
    await scene.push("while silent");
    await shows(["while connected", "while refused", "and another", "while silent"], 30_000);
    await scene.caughtUp(join(scene.folder, "kept"));
    await first.kill();
    await scene.push("while killed");
    await using second = follow("kept");
    await eventually(() => expect(headlinesIn(second.stdout())).toEqual(["while killed"]));
    await scene.push("at last");
    await eventually(() =>
      expect(headlinesIn(second.stdout())).toEqual(["while killed", "at last"]),
    );
  });

  it("replays all there was, each once and in order, over a line that keeps breaking", async () => {
    const pushed = Array.from({ length: 12 }, (_, index) => `number ${index}`);
    await scene.push(...pushed);
    await writeFile(join(scene.folder, "replay"), "0");
    let allowedBytes = 400;
    scene.line.cutAfter(() => {
      allowedBytes *= 2;
      return allowedBytes;
    });
    await using replay = follow("replay");
    await eventually(() => {
      expect(headlinesIn(replay.stdout()).slice(-pushed.length)).toEqual(pushed);
    }, 30_000);
    scene.line.restore();
    const shown = headlinesIn(replay.stdout());
    expect(new Set(shown).size).toBe(shown.length);
  });

  it("repeats nothing that had arrived when the connection was lost, and was not dealt with", async () => {
    const file = join(scene.folder, "slow");
    await scene.push("first of three", "second of three", "third of three");
    await writeFile(file, "0");
    await promisify(execFile)("mkfifo", [`${file}.new`]); // has it wait to keep its first cursor
    await using slow = follow("slow");
    await eventually(() => expect(headlinesIn(slow.stdout())).toHaveLength(1));
    const before = await subscribedCount();
    scene.line.cut();
    await eventually(async () => expect(await subscribedCount()).toBe(before + 1));
    await scene.push("after the new connection");
    await readFile(`${file}.new`); // lets it go on
    await eventually(() => {
      expect(headlinesIn(slow.stdout()).at(-1)).toBe("after the new connection");
    });
    const shown = headlinesIn(slow.stdout());
    expect(shown.length).toBeGreaterThan(3);
    expect(new Set(shown).size).toBe(shown.length);
  });

  /** How many subscriptions the tracker has begun. */
  async function subscribedCount(): Promise<number> {
    const metrics = await (await fetch(`${scene.tracker.url}/metrics`)).text();
    const line = /^tracker_graphql_operations_total\{type="subscription",outcome="ok"\} (\d+)$/m;
    return Number(line.exec(metrics)?.[1] ?? 0);
  }

  it("ends, and says why, where its key is missing or refused", async () => {
    await using missing = follow("without-key", { TRACKER_API_KEY: "" });
    expect(await missing.ended).toBe(1);
    expect(missing.stderr()).toMatch(/key/);
    await using wrong = follow("wrong-key", { TRACKER_API_KEY: "ghct_wrong" });
    expect(await wrong.ended).toBe(1);
    expect(wrong.stderr()).toMatch(/key/);
  });
}
