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
/** What README has those on an older Node.js add; this one says what it meets. */
const WEB_SOCKET = `import WebSocket from "ws";
globalThis.WebSocket = class extends WebSocket {
  constructor(...args) {
    super(...args);
    this.on("error", ({ code }) => console.error(code));
  }
};
`;

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
  async function follow(key?: string) {
    const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
    const example = (await exampleIn(readme))
      .replace("ws://127.0.0.1:4000", url.replace("http", "ws"))
      .replace("after: null", 'after: "0"')
      .replace("// connectionParams:", key === undefined ? "//" : "connectionParams:")
      .replace("ghct_…", key ?? "")
      .replace(/ }, where a key is needed/, " }, //");
    const args = ["--input-type=module", "-e", WEB_SOCKET + example];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let [shown, said] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => {
      shown += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    const stop = async () => {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    };
    return { child, shown: () => shown, said: () => said, [Symbol.asyncDispose]: stop };
  }

  it("misses nothing while the server is away for a while, and shows nothing twice", async () => {
    await using client = await follow();
    await eventually(() => expect(client.shown()).toBe(`${NAME} stored before\n`));
    await tracker.stop();
    await gitHub.commit(NAME, [{ message: "landed meanwhile" }]);
    await eventually(() => expect(client.said().match(/ECONNREFUSED/g)?.length).toBeGreaterThan(1));
    expect(client.child.exitCode, client.said()).toBeNull();
    await tracker.startAgain();
    await eventually(
      () => expect(client.shown()).toBe(`${NAME} stored before\n${NAME} landed meanwhile\n`),
      30_000,
    );
    expect(client.child.exitCode).toBeNull();
  });

  it("ends, and says why, where its key is refused", async () => {
    const { key, secret } = await createApiKey(tracker.database, { name: "front", role: "READER" });
    await eventually(async () => {
      await using client = await follow(secret);
      await eventually(() => expect(client.shown()).toContain("stored before"), 3_000);
      await revokeApiKey(tracker.database, key.id);
      await eventually(() => expect(client.child.exitCode).toBe(1));
      expect(client.said()).toContain("This API key was revoked");
    });
  });
});
