import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GitHubStandIn, startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { createApiKey, revokeApiKey } from "../../src/store/keys/api-key-store.js";
import { eventually } from "../support/eventually.js";
import { addRepository } from "../support/tracker-api.js";
import { startWholeTracker, type WholeTracker } from "../support/whole-tracker.js";

const NAME = "octo/followed";
/** What README has those on an older Node.js add. */
const WEB_SOCKET =
  "data:text/javascript,import WebSocket from 'ws'; globalThis.WebSocket = WebSocket;";

async function exampleIn(readme: string): Promise<string> {
  const blocks = [...readme.matchAll(/^```js\n(.*?)^```/gms)].map(([, block = ""]) => block);
  const [example, ...others] = blocks.filter((block) => block.includes("client.iterate"));
  expect(others).toEqual([]);
  return example ?? "";
}

describe("README's client in JavaScript", { timeout: 120_000 }, () => {
  let gitHub: GitHubStandIn;
  let tracker: WholeTracker;
  let url: string;
  beforeAll(async () => {
    gitHub = await startGitHubStandIn();
    await gitHub.addRepository({ owner: "octo", name: "followed" });
    await gitHub.commit(NAME, [{ message: "stored before" }]);
    tracker = await startWholeTracker(gitHub);
    url = tracker.url;
    await addRepository(url, NAME);
  });
  afterAll(async () => {
    await tracker?.[Symbol.asyncDispose]();
    await gitHub?.stop();
  });

  /** The example, with only the address, the beginning and the key put in. */
  async function run(key?: string) {
    const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
    const example = (await exampleIn(readme))
      .replace("ws://127.0.0.1:4000", url.replace("http", "ws"))
      .replace("after: null", 'after: "0"')
      .replace("// connectionParams:", key === undefined ? "//" : "connectionParams:")
      .replace("ghct_…", key ?? "")
      .replace(/ }, where a key is needed/, " }, //");
    const child = spawn(
      process.execPath,
      ["--import", WEB_SOCKET, "--input-type=module", "-e", example],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
    }
    const stop = async () => {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    };
    return { child, output: () => text, [Symbol.asyncDispose]: stop };
  }

  it("misses nothing while the server is away for a while, and shows nothing twice", async () => {
    await using client = await run();
    await eventually(() => expect(client.output()).toBe(`${NAME} stored before\n`));
    await tracker.stop();
    await gitHub.commit(NAME, [{ message: "landed meanwhile" }]);
    // Away for longer than it takes the client to find nobody there.
    const since = performance.now();
    await eventually(() => expect(performance.now() - since).toBeGreaterThan(8_000));
    expect(client.child.exitCode, client.output()).toBeNull();
    await tracker.startAgain();
    await eventually(
      () => expect(client.output()).toBe(`${NAME} stored before\n${NAME} landed meanwhile\n`),
      30_000,
    );
    expect(client.child.exitCode).toBeNull();
  });

  it("ends, and says why, where its key is refused", async () => {
    const { key, secret } = await createApiKey(tracker.database, { name: "front", role: "READER" });
    await eventually(async () => {
      await using client = await run(secret);
      await eventually(() => expect(client.output()).toContain("stored before"), 3_000);
      await revokeApiKey(tracker.database, key.id);
      await eventually(() => expect(client.child.exitCode).toBe(1));
      expect(client.output()).toContain("This API key was revoked");
    });
  });
});
