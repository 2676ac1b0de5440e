import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { STAND_IN_TOKEN, startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { eventually } from "../support/eventually.js";
import { startTracker } from "../support/tracker-process.js";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const NOWHERE = {
  DATABASE_URL: "postgresql://u:p@127.0.0.1:1/d",
  RABBITMQ_URL: "amqp://127.0.0.1:1",
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tracker-start-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function failedStart(env: Record<string, string>): Promise<string> {
  const tracker = startTracker(env);
  expect(await tracker.exited).toBe(1);
  const lines = tracker.output().trim().split("\n");
  expect(lines, tracker.output()).toHaveLength(1);
  return lines[0] ?? "";
}

describe("a start that cannot work says so in one line", () => {
  it("of a port that another process has, before a database is made", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const PORT = String(typeof address === "object" ? address?.port : "");
    const DATA_DIR = join(folder, "taken");
    const line = await failedStart({ PORT, DATA_DIR });
    expect(line).toContain(`PORT=${PORT}, from the environment, is taken by another process`);
    expect(line).toMatch(/choose another: PORT=\d+/);
    await expect(access(DATA_DIR)).rejects.toThrow("ENOENT");
    other.close();
  });

  it("of a HOST that some tool has set for purposes of its own", async () => {
    const DATA_DIR = join(folder, "conda");
    const line = await failedStart({ HOST: "x86_64-conda-linux-gnu", DATA_DIR });
    expect(line).toContain("HOST=x86_64-conda-linux-gnu, from the environment, is no address");
    expect(line).toContain("unset it, or set HOST=127.0.0.1");
    await expect(access(DATA_DIR)).rejects.toThrow("ENOENT");
  });

  it("of a DATA_DIR that is a file", async () => {
    const DATA_DIR = join(folder, "file");
    await writeFile(DATA_DIR, "");
    for (const env of [{ DATA_DIR }, { DATA_DIR, GITHUB_TOKENS: "t" }]) {
      expect(await failedStart(env)).toMatch(/DATA_DIR/);
      const keys = startTracker(env, ["keys", "list"]);
      expect(await keys.exited).toBe(1);
      expect(keys.output().trim().split("\n")).toHaveLength(1);
      const doctor = startTracker(env, ["doctor"]);
      expect(await doctor.exited).toBe(1);
      expect(doctor.output()).toMatch(/^FAIL {2}data folder .*DATA_DIR/m);
    }
  });
});

describe("told to end while it waits for its database", () => {
  it("a process ends with 0", async () => {
    const tracker = startTracker({ ...NOWHERE, ROLES: "scheduler" });
    await eventually(() => expect(tracker.output()).toContain("cannot be reached, waiting"));
    expect(await tracker.stop("SIGTERM")).toBe(0);
    expect(tracker.output()).not.toMatch(/\bat .*:\d+:\d+/);
    expect(tracker.output()).toContain('"msg":"stopped"');
  });

  it.each([["migrate"], ["keys", "list"]])("`%s %s` ends with 1, in a line", async (...args) => {
    const { DATABASE_URL } = NOWHERE; // nothing else is needed
    const command = startTracker({ DATABASE_URL }, args.filter(Boolean));
    await eventually(() => expect(command.output()).toContain("cannot be reached, waiting"));
    const before = command.output().length;
    expect(await command.stop("SIGTERM")).toBe(1);
    const lines = command.output().slice(before).trim().split("\n");
    expect(lines.filter((line) => !line.startsWith("{"))).toEqual([
      "error: It was told to end before it was done.",
    ]);
  });
});

describe("Ctrl-C", () => {
  /** As a terminal sends it: to the whole process group, git and whatever else was started included. */
  async function interruptOnce(isThere: (output: string) => boolean | Promise<boolean>) {
    const env = { PATH: process.env.PATH, DATA_DIR: join(folder, "interrupted"), PORT: "0" };
    const child = spawn(process.execPath, [MAIN], { env, detached: true });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    const ended = once(child, "close");
    await eventually(async () => expect(await isThere(output)).toBe(true), 60_000);
    process.kill(-(child.pid ?? 0), "SIGINT");
    const [code, signal] = await ended;
    return { code: code ?? signal, output };
  }
  const isMade = (path: string) => async () =>
    await access(join(folder, "interrupted/demo", path)).then(
      () => true,
      () => false,
    );
  const hasSaid = (message: string, times: number) => (output: string) =>
    output.split(`"msg":"${message}"`).length > times;

  it("ends a demo at any moment of its start and its run without a stack trace", async () => {
    // Of a first start, while its database is made and its repositories.
    for (const path of ["postgres.password", "postgres/PG_VERSION", "github"]) {
      const { code, output } = await interruptOnce(isMade(path));
      expect([0, "SIGINT"], output).toContain(code);
      expect(output).not.toMatch(/\bat .*:\d+:\d+/);
    }
    // Of its run: as it begins, and while commits come in.
    for (const isThere of [
      hasSaid("listening", 1),
      hasSaid("page stored", 1),
      hasSaid("page stored", 2),
    ]) {
      const { code, output } = await interruptOnce(isThere);
      expect(code, output).toBe(0);
      expect(output).not.toMatch(/\bat .*:\d+:\d+/);
      expect(output).not.toMatch(/"level":"(?:warn|error|fatal)"/);
    }
  }, 240_000);
});

describe("a start that works", () => {
  it("says whose the token is, what is left of its points and when it ends; only JSON lines in a pipe", async () => {
    const gitHub = await startGitHubStandIn();
    const env = { GITHUB_API_URL: gitHub.url, GITHUB_TOKENS: `${STAND_IN_TOKEN},wrong-token` };
    await using tracker = startTracker({ ...env, DATA_DIR: join(folder, "token") });
    await tracker.url();
    await eventually(() => expect(tracker.output()).toContain("github refuses this token"));
    await tracker.stop();
    const lines = tracker
      .output()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(
      lines.filter((line) => "msg" in line && line.msg === "github accepts this token"),
    ).toEqual([
      expect.objectContaining({
        ...{ place: 1, user: "octocat", pointsLimit: 5_000, expiresAt: "never" },
        pointsLeft: expect.any(Number),
      }),
    ]);
    expect(tracker.output()).not.toContain(STAND_IN_TOKEN);
    expect(tracker.output()).not.toContain("wrong-token");
    await gitHub.stop();
  });
});
