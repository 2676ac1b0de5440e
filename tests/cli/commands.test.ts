import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { line, storeEvent, storeRepository } from "../api/rows.js";
import { startTestApi, type TestApi } from "../api/test-api.js";
import { objectsOf, type Ran, runCommand, startCommand } from "../support/command-line.js";
import { createTestDatabase } from "../support/postgres.js";
import { lockRepository } from "../support/row-lock.js";
import { slowDown } from "../support/slow-row.js";
import { setWork } from "../support/work.js";

const COUNT = 250;
const HOSTILE = "\u001b]0;owned\u0007\u001b[2Jred \u202eevil\u009b31m\u0007 \ttail";

interface Listed {
  readonly nameWithOwner: string;
  readonly state: string;
  readonly commitCount: number;
}

describe("commands that read and change", () => {
  let api: TestApi;
  let tracker: (...args: string[]) => Promise<Ran>;
  const history = line(1, COUNT);
  beforeAll(async () => {
    api = await startTestApi();
    tracker = (...args) => runCommand(args, { TRACKER_URL: api.url });
    await storeEvent(api.database, await storeRepository(api.database, "octo", "long"), history);
    const [commit] = line(2, 1);
    if (commit === undefined) throw new Error("no commit");
    await storeEvent(api.database, await storeRepository(api.database, "evil", "words"), [
      { ...commit, message: `${HOSTILE}\n\nbody` },
    ]);
    await storeRepository(api.database, "octo", "fresh");
  });
  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
  });

  it("lists what is tracked, by state and owner, as a table and as an object a line", async () => {
    const table = await tracker("list");
    expect(table).toMatchObject({ code: 0, stderr: "" });
    expect(table.stdout.split("\n")[0]).toMatch(/^REPOSITORY +STATE +COMMITS +CHECKED +ERROR$/);
    expect(table.stdout).toMatch(/^octo\/long +ACTIVE +250 /m);
    const { stdout } = await tracker(
      "list",
      "--owner",
      "octo",
      "--state",
      "active,paused",
      "--json",
    );
    expect(objectsOf<Listed>(stdout)).toMatchObject([
      { nameWithOwner: "octo/long", state: "ACTIVE", commitCount: COUNT },
    ]);
  });

  it("says that a list is empty, on stderr and with exit code 0", async () => {
    const { code, stdout, stderr } = await tracker("list", "--owner", "nobody");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toContain("tracker add");
  });

  it("lists commits over as many pages as the limit needs, each once and in order", async () => {
    const { stdout } = await tracker("commits", "octo/long", "--limit", "230", "--json");
    const oids = objectsOf<{ oid: string }>(stdout).map(({ oid }) => oid);
    expect(oids).toEqual(history.slice(0, 230).map(({ oid }) => oid));
    const lines = (await tracker("commits", "octo/long")).stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(21);
    expect(lines[1]).toContain("change 249");
  });

  it("filters commits by author and date", async () => {
    const until = "2024-01-01T00:10:00Z";
    const args = ["--author", "login-1", "--since", "2024-01-01", "--until", until, "--json"];
    const { stdout } = await tracker("commits", "octo/long", ...args);
    const expected = history.filter(
      ({ author, committedAt }) => author.login === "Login-1" && committedAt <= new Date(until),
    );
    expect(objectsOf<{ oid: string }>(stdout).map(({ oid }) => oid)).toEqual(
      expected.map(({ oid }) => oid),
    );
  });

  it("finds commits by words of their messages", async () => {
    const { stdout } = await tracker("commits", "octo/long", "--text", "body 42", "--json");
    expect(objectsOf(stdout)).toMatchObject([{ messageHeadline: "change 42" }]);
  });

  it("lists who has most commits, of one repository and in a time", async () => {
    const table = await tracker("top-authors", "octo/long", "--limit", "2");
    expect(table.stdout).toMatch(/^COMMITS +AUTHOR +LAST +NAME$/m);
    expect(table.stdout.trimEnd().split("\n")).toHaveLength(3);
    const until = "2024-01-01T00:02:30Z";
    const args = ["--since", "2024-01-01T00:00:30Z", "--until", until, "--json"];
    const { stdout } = await tracker("top-authors", "octo/long", ...args);
    const authors = objectsOf<{ login: string | null; commitCount: number }>(stdout);
    expect(authors.map(({ login, commitCount }) => [login, commitCount]).sort()).toEqual([
      ["Login-1", 1],
      ["Login-2", 1],
    ]);
  });

  it("lets no commit message drive the terminal", async () => {
    const { stdout } = await tracker("commits", "evil/words");
    expect(stdout).toContain("red");
    expect(stdout).toContain("tail");
    expect(stdout).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    const json = await tracker("commits", "evil/words", "--json");
    expect(json.stdout).not.toMatch(/[^\P{Cc}\n]/u);
    expect(objectsOf<{ messageHeadline: string }>(json.stdout)[0]?.messageHeadline).toBe(HOSTILE);
  });

  it("ends quietly when the reader of its pipe has seen enough", async () => {
    await using command = startCommand(["commits", "octo/long", "--limit", "250"], {
      TRACKER_URL: api.url,
    });
    command.child.stdout?.once("data", () => command.child.stdout?.destroy());
    expect(await command.ended).toMatchObject({ code: 0, stderr: "" });
  });

  it("shows one repository by name or id, and exits with 1 for one that is not tracked", async () => {
    const byName = await tracker("show", "OCTO/long", "--json");
    const [shown] = objectsOf<Listed & { id: string }>(byName.stdout);
    expect(shown).toMatchObject({ nameWithOwner: "octo/long", commitCount: COUNT });
    const byId = await tracker("show", shown?.id ?? "");
    expect(byId.stdout).toMatch(/^repository +octo\/long$/m);
    expect(byId.stdout).toMatch(/^fresh +no \(FETCHING\)$/m);
    const { code, stderr } = await tracker("show", "octo/nowhere");
    expect(code).toBe(1);
    expect(stderr).toContain('"octo/nowhere" is tracked there. [NOT_FOUND]');
  });

  it("adds, pauses, resumes, refreshes and removes; what is wrong with one keeps nothing from the others", async () => {
    const added = await tracker("add", "new/one", "git@gitlab.com:o/n.git", "octo/long", "--json");
    expect(added.code).toBe(1);
    expect(objectsOf(added.stdout)).toMatchObject([
      { nameWithOwner: "new/one", state: "PENDING", created: true },
      { nameWithOwner: "octo/long", created: false },
    ]);
    expect(JSON.parse(added.stderr)).toMatchObject({ error: { code: "BAD_USER_INPUT" } });

    const paused = await tracker("pause", "octo/nowhere", "octo/fresh", "new/one");
    expect(paused.code).toBe(1);
    expect(paused.stderr).toContain("octo/nowhere");
    expect(paused.stdout).toMatch(/^octo\/fresh {2}PAUSED.*\nnew\/one {2}PAUSED/);
    const resumed = await tracker("resume", "octo/fresh", "--json");
    expect(objectsOf<Listed>(resumed.stdout)[0]?.state).not.toBe("PAUSED");
    expect((await tracker("refresh", "octo/fresh")).code).toBe(0);
    const removed = await tracker("remove", "new/one", "--yes", "--json");
    expect(objectsOf(removed.stdout)).toMatchObject([
      { nameWithOwner: "new/one", deletedCount: 0 },
    ]);
    expect((await tracker("show", "new/one")).code).toBe(1);
  });

  it("lists given-up work, tries it again or discards it, by the repository's name", async () => {
    const give = async (name: string) => {
      const id = await storeRepository(api.database, "octo", name);
      const data = { state: "FAILED" } as const;
      await api.database.primary.repository.update({ where: { id }, data });
      const [firstFailedAt, lastFailedAt] = [Date.now(), Date.now()];
      const error = "out of luck";
      const failure = { firstError: error, lastError: error, firstFailedAt, lastFailedAt };
      await setWork(api.database, "check", id, { attempts: 8, failure });
    };
    await give("stuck");
    await give("hopeless");
    const failed = await tracker("failed");
    expect(failed.stdout).toMatch(/^octo\/stuck +8 .* out of luck$/m);
    expect((await tracker("retry", "octo/stuck")).stdout).toMatch(/^octo\/stuck {2}PENDING/);
    expect((await tracker("discard", "octo/hopeless")).stdout).toMatch(/^octo\/hopeless {2}PAUSED/);
    const again = await tracker("retry", "octo/stuck");
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("Nothing of octo/stuck was given up");
    expect((await tracker("failed")).stderr).toContain("Nothing was given up");
  });

  it("waits for a commit: 0 once it is stored, 1 when it is not in time", async () => {
    const id = await storeRepository(api.database, "octo", "awaited");
    const commits = line(3, 1);
    const oid = commits[0]?.oid ?? "";
    await using waiting = startCommand(["wait-for", "octo/awaited", oid, "--json"], {
      TRACKER_URL: api.url,
    });
    const late = await tracker("wait-for", "octo/awaited", oid, "--timeout", "0.1");
    expect(late.code).toBe(1);
    expect(late.stderr).toContain("[TIMEOUT]");
    expect(waiting.child.exitCode).toBeNull();
    await storeEvent(api.database, id, commits);
    const { code, stdout } = await waiting.ended;
    expect(code).toBe(0);
    expect(objectsOf(stdout)).toMatchObject([{ oid, messageHeadline: "change 0" }]);
  });
});

describe("a command about several repositories", () => {
  const stateOf = async ({ database }: TestApi, name: string) =>
    (await database.primary.repository.findFirstOrThrow({ where: { name } })).state;
  const pauseAll = (api: TestApi) =>
    runCommand(["pause", "octo/a", "octo/b", "octo/c", "--json"], { TRACKER_URL: api.url });
  const storeAll = async ({ database }: TestApi) => {
    const ids: number[] = [];
    for (const name of ["a", "b", "c"]) ids.push(await storeRepository(database, "octo", name));
    return ids;
  };

  it("goes on where other work holds one of them, and says so at the end", async () => {
    const test = await createTestDatabase({ limits: { lockMs: 100 } });
    await using api = await startTestApi({ openTest: async () => test });
    const [, held = 0] = await storeAll(api);
    const lock = await lockRepository(test.url, held);
    const { code, stdout, stderr } = await pauseAll(api);
    await lock.release();
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "BUSY" } });
    expect(objectsOf<Listed>(stdout).map(({ nameWithOwner }) => nameWithOwner)).toEqual([
      "octo/a",
      "octo/c",
    ]);
    expect(await stateOf(api, "b")).toBe("PENDING");
    expect(await stateOf(api, "c")).toBe("PAUSED");
  });

  it("ends where the database fails, as it would for the others", async () => {
    const test = await createTestDatabase({ limits: { statementMs: 500 } });
    await using api = await startTestApi({ openTest: async () => test });
    const [, slow = 0] = await storeAll(api);
    await slowDown(test.database, slow, "a change of its state", 30_000);
    const { code, stdout, stderr } = await pauseAll(api);
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "DATABASE_UNAVAILABLE" } });
    expect(objectsOf<Listed>(stdout).map(({ nameWithOwner }) => nameWithOwner)).toEqual(["octo/a"]);
    expect(await stateOf(api, "c")).toBe("PENDING");
  });
});
