import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiKey } from "../../src/store/keys/api-key-store.js";
import { line, storeEvent, storeRepository } from "../api/rows.js";
import { startTestApi, type TestApi } from "../api/test-api.js";
import { objectsOf, type Ran, runCommand } from "../support/command-line.js";
import { eventually } from "../support/eventually.js";
import { startOnTerminal } from "../support/terminal.js";

const LONG = "an-organisation-of-many/a-name-as-long";

describe("commands that show how it all stands", () => {
  let api: TestApi;
  let folder: string;
  const tracker = (...args: string[]): Promise<Ran> => runCommand(args, { TRACKER_URL: api.url });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "status-"));
    api = await startTestApi();
    const { database } = api;
    const [owner = "", name = ""] = LONG.split("/");
    const id = await storeRepository(database, owner, name);
    const commits = line(1, 12);
    await storeEvent(database, id, commits);
    await storeEvent(database, id, line(2, 5), { orphanedOids: [commits[0]?.oid ?? ""] });
    await database.primary.historyRewrite.create({
      data: {
        repositoryId: id,
        beforeOid: Buffer.from(commits[0]?.oid ?? "", "hex"),
        afterOid: Buffer.from(line(2, 5)[0]?.oid ?? "", "hex"),
        orphanedCount: 1,
        restoredCount: 0,
      },
    });
    for (const [each, state] of Object.entries({ a: "FAILED", b: "PAUSED", c: "PENDING" })) {
      const other = await storeRepository(database, "octo", each);
      await database.primary.repository.update({
        where: { id: other },
        data: { state: state as "FAILED" },
      });
    }
    await api.database.primary.rateBudget.create({ data: BUDGET });
  });
  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it("status tells states, budgets, what waits, what was given up and the feed", async () => {
    const { code, stdout, stderr } = await tracker("status");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^tracker \d+\.\d+\.\d+ at http:\/\/127\.0\.0\.1:\d+\n/);
    for (const shown of [
      /^repositories +4$/m,
      /^ {2}active +1$/m,
      /^ {2}failed +1$/m,
      /^given up +/m,
      /^budget\n {2}octocat +4,321 of 5,000, full \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00$/m,
      /^waiting +nothing$/m,
      /^feed +at 2, kept from 1$/m,
    ]) {
      expect(stdout).toMatch(shown);
    }
    const [status] = objectsOf((await tracker("status", "--json")).stdout);
    expect(status).toMatchObject({
      ...{ address: api.url, isLimited: false, areCountsExact: true },
      repositories: { ACTIVE: 1, FAILED: 1, PAUSED: 1, PENDING: 1, EMPTY: 0 },
      feed: { sequence: "2", oldestSequence: "1" },
      rateBudgets: [{ login: "octocat", remaining: 4_321 }],
    });
  });

  it("budget tells what is left, and of what it was spent on", async () => {
    const { stdout } = await tracker("budget");
    const [titles, row] = stdout.split("\n");
    expect(titles).toMatch(/^USER +LEFT +OF +FULL +LIVE +HISTORIES +WAITS$/);
    expect(row).toMatch(/^octocat +4,321 +5,000 +\d{4}-.* 600 +79 +-$/);
    expect(objectsOf((await tracker("budget", "--json")).stdout)).toMatchObject([
      { login: "octocat", spentBackfill: 79 },
    ]);
  });

  it("tells for whom GitHub said to wait, and until when", async () => {
    await using waiting = await startTestApi();
    const pausedUntil = new Date(Date.now() + 1_500_000);
    const paused = { pausedUntil, pauseReason: "secondary" };
    await waiting.database.primary.rateBudget.create({ data: { ...BUDGET, ...paused } });
    for (const command of ["status", "budget"]) {
      await using terminal = startOnTerminal([command], {
        columns: 50,
        env: { TRACKER_URL: waiting.url },
      });
      expect(await terminal.ended).toBe(0);
      const shown = stripVTControlCharacters(terminal.shown());
      expect(shown).toMatch(/ in 2[34] min$/m);
      for (const each of shown.split("\n")) expect(each.length, each).toBeLessThanOrEqual(50);
    }
  });

  it("rewrites tells heads before and after, and what they left behind", async () => {
    const { stdout } = await tracker("rewrites", LONG);
    const [titles, row] = stdout.split("\n");
    expect(titles).toMatch(/^NOTICED +BEFORE +AFTER +LEFT +BACK +HEAD NOW$/);
    expect(row).toContain(`  ${line(1, 12)[0]?.oid.slice(0, 7)}  `);
    expect(row).toMatch(/ 1 +0 {2}change 4$/);
    expect((await tracker("rewrites", "octo/a")).stderr).toContain("No rewrite of its history");
    expect((await tracker("rewrites", "octo/nowhere")).code).toBe(1);
  });

  it("commits of all together name their repositories", async () => {
    const { stdout } = await tracker("commits", "--limit", "3");
    expect(stdout).toMatch(/^REPOSITORY +COMMIT +DATE +AUTHOR +MESSAGE$/m);
    expect(stdout.split("\n")[1]?.startsWith(`${LONG}  `)).toBe(true);
    const { stdout: json } = await tracker("commits", "--author", "login-1", "--json");
    expect(objectsOf(json)[0]).toMatchObject({ repository: { nameWithOwner: LONG } });
  });

  it.each([
    ["list"],
    ["commits"],
    ["top-authors"],
    ["failed"],
    ["budget"],
    ["rewrites", LONG],
    ["status"],
  ])("%s fits a terminal of fifty columns, its times relative", async (...args) => {
    await using terminal = startOnTerminal(args, { columns: 50, env: { TRACKER_URL: api.url } });
    expect(await terminal.ended).toBe(0);
    const shown = stripVTControlCharacters(terminal.shown());
    for (const each of shown.split("\n")) expect(each.length, each).toBeLessThanOrEqual(50);
    expect(shown).not.toMatch(/\d\d:\d\d:\d\d/);
  });

  it("open prints an address and opens it in the browser that is named", async () => {
    const browser = join(folder, "browser");
    const opened = join(folder, "opened");
    await writeFile(browser, `#!/bin/sh\nprintf '%s' "$1" > '${opened}'\n`);
    await chmod(browser, 0o755);
    const env = { TRACKER_URL: api.url, BROWSER: browser };
    for (const { args, url } of [
      { args: [], url: `${api.url}/` },
      { args: [LONG.toUpperCase()], url: `${api.url}/repositories/${LONG}` },
      { args: [LONG, "--github"], url: `https://github.com/${LONG}` },
    ]) {
      const { code, stdout, stderr } = await runCommand(["open", ...args], env);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${url}\n`, stderr: "" });
      expect(await readFile(opened, "utf8")).toBe(url);
    }
    await rm(opened);
    const printed = await runCommand(["open", LONG, "--print", "--json"], env);
    expect(objectsOf(printed.stdout)).toEqual([{ url: `${api.url}/repositories/${LONG}` }]);
    await expect(readFile(opened)).rejects.toThrow("ENOENT");
  });

  it.each(["/nowhere/browser", "/bin/false"])(
    "open says that %s opens nothing, and what to do",
    async (BROWSER) => {
      const env = { TRACKER_URL: api.url, BROWSER };
      const { code, stdout, stderr } = await runCommand(["open", "--json"], env);
      expect(code).toBe(1);
      expect(objectsOf(stdout)).toEqual([{ url: `${api.url}/` }]);
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: "NO_BROWSER" } });
    },
  );

  it("open says that there is no page, or no server, and opens nothing", async () => {
    await using bare = await startTestApi({ hasWeb: false });
    const without = await runCommand(["open"], { TRACKER_URL: bare.url });
    expect(without).toMatchObject({ code: 1, stdout: "" });
    expect(without.stderr).toContain("the server has WEB=false. [NOT_FOUND]");
    const nobody = await runCommand(["open"], { TRACKER_URL: "http://127.0.0.1:1" });
    expect(nobody).toMatchObject({ code: 1, stdout: "" });
    expect(nobody.stderr).toContain("No tracker answers at http://127.0.0.1:1");
  });

  it("tells a limited key what it does not see", async () => {
    await using keyed = await startTestApi();
    const { secret } = await createApiKey(keyed.database, {
      ...{ name: "l", role: "READER" as const, repositories: ["octo/*"] },
    });
    const env = { TRACKER_URL: keyed.url, TRACKER_API_KEY: secret };
    await eventually(async () => expect((await runCommand(["status"], env)).code).toBe(0));
    await eventually(async () => {
      expect((await runCommand(["budget"], env)).stderr).toContain("limited to some repositories");
    });
    const { stdout } = await runCommand(["status"], env);
    expect(stdout).toContain("This key is limited");
    expect(stdout).not.toMatch(/^budget|^waiting/m);
  });
});

const BUDGET = {
  ...{ userId: 1n, login: "octocat", limit: 5_000, remaining: 4_321 },
  ...{ resetAt: new Date(Date.now() + 1_800_000), spentLive: 600, spentBackfill: 79 },
};
