import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type GitHubStandIn,
  STAND_IN_TOKEN,
  startGitHubStandIn,
} from "../../src/github-stand-in/stand-in.js";
import { mergyHistory } from "../support/histories.js";
import { revList } from "./ask.js";

const run = promisify(execFile);
let standIn: GitHubStandIn;
let folder: string;
let gitDir: string;
let head: string;

beforeAll(async () => {
  standIn = await startGitHubStandIn();
  folder = await mkdtemp(join(tmpdir(), "git-client-"));
  ({ gitDir } = await standIn.addRepository({ owner: "acme", name: "one" }));
  head = (await standIn.commit("acme/one", mergyHistory(60))).at(-1) ?? "";
});
afterAll(async () => {
  await standIn.stop();
  await rm(folder, { recursive: true });
});

/** Git itself as the client. */
async function gitClient(args: readonly string[], token: string | null = STAND_IN_TOKEN) {
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  const header = `http.extraHeader=Authorization: Basic ${basic}`;
  const auth = token === null ? [] : ["-c", header];
  const env = {
    ...{ PATH: process.env.PATH, HOME: folder, GIT_TERMINAL_PROMPT: "0" },
    ...{ GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" },
  };
  const { stdout } = await run("git", [...auth, ...args], { env });
  return stdout.trim();
}

async function post(path: string, headers: Record<string, string> = {}) {
  const init = { method: "POST", headers, body: "0000", redirect: "manual" } as const;
  return await fetch(`${standIn.url}/${path}/git-upload-pack`, init);
}

describe("the git server", () => {
  test("is one to git itself: it clones, commits alone or all of it, and fetches what is new", async () => {
    for (const filter of ["--filter=tree:0", "--filter=blob:none", "--no-tags"]) {
      const clone = join(folder, filter);
      await gitClient(["clone", "-q", "--bare", filter, `${standIn.url}/acme/one.git`, clone]);
      expect(revList(clone, "HEAD")).toEqual(revList(gitDir, head));
    }
    const clone = join(folder, "--no-tags");
    const [pushed = ""] = await standIn.commit("acme/one", [{ message: "new" }]);
    await gitClient(["--git-dir", clone, "fetch", "-q", "origin", "main"]);
    expect(await gitClient(["--git-dir", clone, "rev-parse", "FETCH_HEAD"])).toBe(pushed);
  });

  test("takes no filter but those that GitHub takes", async () => {
    const address = `${standIn.url}/acme/one.git`;
    const filter = "--filter=combine:blob:none+tree:3";
    await expect(
      gitClient(["clone", "-q", "--bare", filter, address, join(folder, "no")]),
    ).rejects.toThrow("not supported");
  });

  test("tells nobody what is not for them", async () => {
    await standIn.addRepository({ owner: "acme", name: "hidden", isPrivate: true });
    const known = {
      authorization: `Basic ${Buffer.from(`x:${STAND_IN_TOKEN}`).toString("base64")}`,
    };
    const unknown = { authorization: `Basic ${Buffer.from("x:nobody").toString("base64")}` };
    for (const name of ["acme/hidden.git", "acme/missing.git"]) {
      expect((await post(name)).status).toBe(401);
      expect((await post(name, known)).status).toBe(404);
    }
    expect((await post("acme/one.git", unknown)).status).toBe(401);
    expect((await post("acme/one.git")).status).toBe(200);
  });

  test("leads from a former name to the one of now", async () => {
    await standIn.addRepository({ owner: "acme", name: "old" });
    await standIn.commit("acme/old", [{ message: "one" }]);
    await standIn.rename("acme/old", "new");
    const answer = await post("acme/old.git");
    expect(answer.status).toBe(301);
    expect(answer.headers.get("location")).toBe(`${standIn.url}/acme/new.git/git-upload-pack`);
    const clone = join(folder, "renamed");
    await gitClient(["clone", "-q", "--bare", `${standIn.url}/acme/old.git`, clone]);
  });

  test("counts its requests, which cost nothing, with what they asked for", async () => {
    await standIn.reset();
    const args = ["clone", "-q", "--bare", "--filter=tree:0", `${standIn.url}/acme/one.git`];
    await gitClient([...args, join(folder, "counted")]);
    const requests = await standIn.listRequests("git fetch");
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      variables: { repository: "acme/one", filter: "tree:0", haves: [] },
      ...{ user: "octocat", status: 200, cost: 0 },
    });
    expect(requests[0]?.bytes).toBeGreaterThan(1_000);
  });

  test("takes GitHub's times where it is told to", async () => {
    const latency = { databaseMs: 0, gitMs: 0, packMs: 400, packBytesPerSecond: 20_000 };
    await standIn.configure({ latency });
    await standIn.reset();
    const args = ["clone", "-q", "--bare", "--filter=tree:0", `${standIn.url}/acme/one.git`];
    await gitClient([...args, join(folder, "slow")]);
    await standIn.configure({ latency: null });
    const [request] = await standIn.listRequests("git fetch");
    expect(request?.ms).toBeGreaterThan(400 + ((request?.bytes ?? 0) / 20_000) * 1_000 - 50);
  });
});
