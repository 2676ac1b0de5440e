import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unguardFormulas } from "../../src/cli/export/csv.js";
import { line, storeEvent, storeRepository } from "../api/rows.js";
import { startTestApi, type TestApi } from "../api/test-api.js";
import { objectsOf, runCommand, startCommand } from "../support/command-line.js";
import { eventually } from "../support/eventually.js";
import { startHoldingProxy } from "../support/holding-proxy.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { startOnTerminal, startTerminal } from "../support/terminal.js";

const PAGES = 12;
const EVENT_LENGTH = 50;
const HOSTILE = [
  '=cmd|" /C calc"!A0;\n\n@SUM(1+1)*cmd\r\n\t-2+3',
  'say "hi", twice\r\n"',
  "red \u001b[31m 名前 👍 'quoted'",
];

interface Exported {
  readonly cursor: string;
  readonly oid: string;
  readonly message: string;
  readonly sequence: string;
  readonly reachable: boolean;
  readonly repository: { readonly nameWithOwner: string };
}

describe("tracker export", () => {
  let test: TestDatabase;
  let api: TestApi;
  let folder: string;
  let env: Record<string, string>;
  let seed = 100;
  /** In the order in which they were stored. */
  const stored: string[] = [];
  const ids = new Map<string, number>();

  async function store(name: string, count = EVENT_LENGTH, orphanedOids: string[] = []) {
    const id = ids.get(name) ?? (await storeRepository(test.database, "octo", name));
    ids.set(name, id);
    seed += 1;
    const commits = line(seed, count).map((commit, index) => {
      const hostile = HOSTILE[index];
      if (hostile === undefined) return commit;
      const author = { ...commit.author, name: `=${hostile}`, login: null };
      return { ...commit, author, message: hostile };
    });
    await storeEvent(test.database, id, commits, { orphanedOids });
    stored.push(...commits.map(({ oid }) => oid));
    return commits;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "export-"));
    test = await createTestDatabase();
    api = await startTestApi({ openTest: async () => test });
    env = { TRACKER_URL: api.url };
    for (let index = 0; index < (PAGES * 100) / EVENT_LENGTH; index += 1) {
      await store(index % 3 === 0 ? "one" : "other");
    }
  });
  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const oidsOf = (text: string) => objectsOf<Exported>(text).map(({ oid }) => oid);
  const sizeOf = async (path: string) => (await stat(path)).size;

  it("writes every commit once, in the order in which they were stored, an object a line", async () => {
    const { code, stdout, stderr } = await runCommand(["export"], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(oidsOf(stdout)).toEqual(stored);
    expect(stdout).not.toMatch(/[^\P{Cc}\n]/u);
    const messages = objectsOf<Exported>(stdout).map(({ message }) => message);
    expect(messages.slice(0, 3)).toEqual(HOSTILE);
  });

  it("of one repository, an author, words or a time", async () => {
    const until = "2024-01-01T00:10:00Z";
    const of = ["octo/one", "--author", "login-1", "--since", "2024-01-01", "--until", until];
    const { stdout } = await runCommand(["export", ...of], env);
    const found = objectsOf<Exported & { author: { login: string }; committedAt: string }>(stdout);
    expect(found).toHaveLength((4 * (PAGES * 100)) / EVENT_LENGTH / 3);
    for (const each of found) {
      expect(each).toMatchObject({ repository: { nameWithOwner: "octo/one" } });
      expect(each.author.login).toBe("Login-1");
      expect(each.committedAt <= "2024-01-01T00:10:00.000Z").toBe(true);
    }
  });

  it("writes CSV that PostgreSQL reads as the same commits, texts kept from being formulas", async () => {
    const path = join(folder, "all.CSV");
    expect((await runCommand(["export", "--output", path], env)).code).toBe(0);
    const text = await readFile(path, "utf8");
    const rows = await readCsv(test.url, text);
    const { stdout } = await runCommand(["export"], env);
    const expected = objectsOf<Exported>(stdout).map(({ oid, message, cursor, repository }) => ({
      ...{ oid, cursor, repository: repository.nameWithOwner },
      message: message.replaceAll("\u001b", "\ufffd"),
    }));
    expect(
      rows.map(({ oid, message, cursor, repository }) => ({
        ...{ oid, cursor, repository },
        message: unguardFormulas(message ?? ""),
      })),
    ).toEqual(expected);
    for (const row of rows) {
      for (const cell of Object.values(row)) expect(cell).not.toMatch(/^\s*[=+\-@]/);
    }
  });

  it.each(["ndjson", "csv"])(
    "killed in the middle of %s and gone on with, is the same as at once",
    async (format) => {
      const whole = join(folder, `whole.${format}`);
      const path = join(folder, `killed.${format}`);
      await runCommand(["export", "--output", whole], env);
      await using proxy = await startHoldingProxy(api.url);
      const args = ["export", "--output", path, "--resume"];
      for (const signal of ["SIGKILL", "SIGINT"] as const) {
        const before = proxy.count();
        proxy.holdAfter(4);
        await using command = startCommand(args, { TRACKER_URL: proxy.url });
        await eventually(() => expect(proxy.count()).toBe(before + 5));
        command.child.kill(signal);
        const { code, stderr } = await command.ended;
        if (signal === "SIGKILL") continue;
        expect(code).toBe(1);
        expect(stderr).toContain("It was interrupted, after 800 commits. [INTERRUPTED]");
        expect(stderr).toContain("Go on with the same, and --resume.");
      }
      expect(await sizeOf(path)).toBeLessThan(await sizeOf(whole));
      expect(await runCommand(args, env)).toMatchObject({ code: 0, stderr: "" });
      expect(await readFile(path, "utf8")).toBe(await readFile(whole, "utf8"));
    },
    60_000,
  );

  it.each(["ndjson", "csv"])(
    "interrupted in a pipe as %s, tells the cursor that the rest comes after",
    async (format) => {
      const args = ["export", "--format", format, "--json"];
      await using proxy = await startHoldingProxy(api.url);
      proxy.holdAfter(3);
      await using command = startCommand(args, { TRACKER_URL: proxy.url });
      await eventually(() => expect(proxy.count()).toBe(4));
      command.child.kill("SIGTERM");
      const { code, stdout, stderr } = await command.ended;
      expect(code).toBe(1);
      const [fault, place] = objectsOf<{ error?: { code: string }; cursor?: string }>(stderr);
      expect(fault).toMatchObject({ error: { code: "INTERRUPTED" } });
      const rest = await runCommand([...args, "--after", place?.cursor ?? ""], env);
      expect(rest.code).toBe(0);
      const whole = await runCommand(args, env);
      expect(stdout + rest.stdout).toBe(whole.stdout);
    },
    60_000,
  );

  it("goes on later with what was stored since, and with nothing where nothing was", async () => {
    const path = join(folder, "kept.ndjson");
    const args = ["export", "--output", path, "--resume"];
    await runCommand(args, env);
    const before = await readFile(path, "utf8");
    expect((await runCommand(args, env)).code).toBe(0);
    expect(await readFile(path, "utf8")).toBe(before);
    await store("late");
    await runCommand(args, env);
    const after = await readFile(path, "utf8");
    expect(after.startsWith(before)).toBe(true);
    expect(oidsOf(after)).toEqual(stored);
  });

  it("leaves out what a rewrite left behind, unless asked for it", async () => {
    const [gone] = await store("rewritten", 5);
    await store("rewritten", 5, [gone?.oid ?? ""]);
    const reachable = await runCommand(["export", "octo/rewritten"], env);
    expect(oidsOf(reachable.stdout)).toHaveLength(9);
    expect(oidsOf(reachable.stdout)).not.toContain(gone?.oid);
    const all = await runCommand(["export", "octo/rewritten", "--orphaned"], env);
    const found = objectsOf<Exported>(all.stdout);
    expect(found).toHaveLength(10);
    expect(found.filter(({ reachable: is }) => !is)).toMatchObject([{ oid: gone?.oid }]);
  });

  it("has a header where there is nothing", async () => {
    await storeRepository(test.database, "octo", "empty");
    const { stdout } = await runCommand(["export", "octo/empty", "--format", "csv"], env);
    expect(stdout).toMatch(/^repository,oid,parents,.*,cursor\r\n$/);
    expect(await runCommand(["export", "octo/empty"], env)).toMatchObject({ code: 0, stdout: "" });
  });

  it.each([
    { args: ["--resume"], says: "--resume takes --output" },
    { args: ["--resume", "--output", "x", "--after", "~1,1"], says: "no --after" },
    { args: ["--format", "xml"], says: "Allowed choices are ndjson, csv" },
  ])("does not understand $args", async ({ args, says }) => {
    const ran = await runCommand(["export", ...args, "--json"], env);
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    const [{ error } = { error: null }] = objectsOf<{ error: unknown }>(ran.stderr);
    expect(error).toMatchObject({ code: "BAD_USER_INPUT", message: expect.stringContaining(says) });
  });

  it.each([
    { args: ["octo/nowhere"], code: "NOT_FOUND" },
    { args: ["--after", "nonsense"], code: "BAD_USER_INPUT" },
    { args: ["--output", "/nowhere/at/all"], code: "ENOENT" },
  ])("says what is wrong with $args", async ({ args, code }) => {
    const ran = await runCommand(["export", ...args, "--json"], env);
    expect(ran.code).toBe(1);
    expect(objectsOf(ran.stderr)[0]).toMatchObject({ error: { code } });
  });

  it("leaves no file behind where it could not begin", async () => {
    const path = join(folder, "none.ndjson");
    const ran = await runCommand(["export", "octo/nowhere", "--output", path], env);
    expect(ran.code).toBe(1);
    await expect(stat(path)).rejects.toThrow("ENOENT");
  });

  it("ends quietly when the reader of its pipe has seen enough", async () => {
    await using command = startCommand(["export"], env);
    command.child.stdout?.once("data", () => command.child.stdout?.destroy());
    expect(await command.ended).toMatchObject({ code: 0, stderr: "" });
  });

  it("says that a disk is full, and ends with 1", async () => {
    const main = startCommand(["--version"]).child.spawnargs.slice(0, 2);
    const [node = "", script = ""] = main;
    const full = `TRACKER_URL=${api.url} '${node}' '${script}' export --json > /dev/full`;
    await using terminal = startTerminal(["sh", "-c", full]);
    expect(await terminal.ended).toBe(1);
    expect(objectsOf(terminal.shown())[0]).toMatchObject({ error: { code: "ENOSPC" } });
  });

  it("shows on a terminal how far it is, in fifty columns, and how many it were", async () => {
    await using proxy = await startHoldingProxy(api.url);
    proxy.holdAfter(6);
    const args = ["export", "--output", join(folder, "watched.csv")];
    await using terminal = startOnTerminal(args, {
      columns: 50,
      env: { TRACKER_URL: proxy.url },
    });
    await eventually(() => expect(terminal.shown()).toMatch(/^[█░]{12} {2}\d+ % {2}\d+ of 1,/m));
    proxy.release();
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown()).toMatch(/1,\d{3} commits, up to the cursor ~\d+,\d+\n$/);
    for (const shown of terminal.shown().split("\n").slice(0, -2)) {
      expect(stripVTControlCharacters(shown).length).toBeLessThanOrEqual(50);
    }
  });
});

/** The rows of a table that PostgreSQL itself has read. */
async function readCsv(url: string, text: string): Promise<Record<string, string>[]> {
  const columns = text.slice(0, text.indexOf("\r\n")).split(",");
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `create temp table csv (place serial, ${columns.map((name) => `"${name}" text`)})`,
    );
    const names = columns.map((name) => `"${name}"`).join();
    const copy = `copy csv (${names}) from stdin with (format csv, header, null 'NULL')`;
    await new Promise<void>((resolve, reject) => {
      const stream = client.query(copyFrom(copy));
      stream.once("finish", resolve).once("error", reject);
      stream.end(text);
    });
    const { rows } = await client.query(`select ${names} from csv order by place`);
    return rows;
  } finally {
    await client.end();
  }
}
