import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { line, storeEvent, storeRepository } from "../api/rows.js";
import { startTestApi, type TestApi } from "../api/test-api.js";
import { objectsOf, runCommand } from "../support/command-line.js";
import { eventually } from "../support/eventually.js";
import { startOnTerminal, type Terminal } from "../support/terminal.js";

const LENGTH = 30;

describe("commands that take something away", () => {
  let api: TestApi;
  let env: Record<string, string>;
  const stored = async (name: string) => {
    const id = await storeRepository(api.database, "octo", name);
    await storeEvent(api.database, id, line(id, LENGTH));
  };
  const countOf = async (name: string) => {
    const row = await api.database.primary.repository.findFirst({ where: { name } });
    return row === null ? null : row.commitCount;
  };
  beforeAll(async () => {
    api = await startTestApi();
    env = { TRACKER_URL: api.url };
  });
  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
  });

  const asked = async (terminal: Terminal, question: string) =>
    await eventually(() => expect(terminal.shown()).toContain(`${question} [y/N] `));

  it.each([
    { command: "remove", args: [] },
    { command: "reset", args: ["--from", "2024-01-01"] },
  ])("$command refuses where it can ask nobody, and does nothing", async ({ command, args }) => {
    const name = `untouched-${command}`;
    await stored(name);
    const plain = await runCommand([command, `octo/${name}`, ...args], env);
    expect(plain).toMatchObject({ code: 1, stdout: "" });
    expect(plain.stderr).toContain("there is no terminal to ask on. Nothing was done; --yes");
    const json = await runCommand([command, `octo/${name}`, ...args, "--json"], env);
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: "BAD_USER_INPUT" } });
    expect(await countOf(name)).toBe(LENGTH);
  });

  it("remove asks for each, with what goes; what is not said yes to stays", async () => {
    await stored("kept");
    await stored("gone");
    await using terminal = startOnTerminal(["remove", "octo/kept", "octo/nowhere", "octo/gone"], {
      env,
    });
    await asked(terminal, "Remove octo/kept with its 30 commits?");
    terminal.type("\n");
    await asked(terminal, "Remove octo/gone with its 30 commits?");
    expect(terminal.shown()).toContain('"octo/nowhere" is tracked there. [NOT_FOUND]');
    terminal.type("yes\n");
    expect(await terminal.ended).toBe(1);
    expect(terminal.shown()).toContain("octo/kept stays.");
    expect(terminal.shown()).toContain("octo/gone  removed  30 commits");
    expect(await countOf("kept")).toBe(LENGTH);
    expect((await runCommand(["show", "octo/gone"], env)).code).toBe(1);
  });

  it.each([
    { way: "Ctrl-C", keys: "\u0003" },
    { way: "the end of what is typed", keys: "\u0004" },
    { way: "anything else", keys: "yesterday\n" },
  ])("takes $way for no", async ({ way, keys }) => {
    const name = `n${way.length}`;
    await stored(name);
    await using terminal = startOnTerminal(["remove", `octo/${name}`], { env });
    await asked(terminal, `Remove octo/${name} with its 30 commits?`);
    terminal.type(keys);
    expect(await terminal.ended).not.toBe(0);
    expect(await countOf(name)).toBe(LENGTH);
  });

  it("reset says how many go, does it after a yes, and tells when it was", async () => {
    await stored("again");
    const from = "2024-01-01T00:20:00Z";
    const dry = await runCommand(["reset", "octo/again", "--from", from, "--dry-run"], env);
    expect(dry).toMatchObject({ code: 0, stderr: "" });
    expect(dry.stdout).toBe(
      "10 commits of octo/again from 2024-01-01 00:20:00+00:00 on would be deleted and fetched again\n",
    );
    await using terminal = startOnTerminal(["reset", "octo/again", "--from", from], { env });
    await asked(
      terminal,
      "Delete 10 commits of octo/again from 2024-01-01 00:20:00+00:00 on, and fetch them again?",
    );
    expect(await countOf("again")).toBe(LENGTH);
    terminal.type("y\n");
    expect(await terminal.ended).toBe(0);
    expect(await countOf("again")).toBe(LENGTH - 10);
  });

  it("does it unasked with --yes, and tells what it did as JSON", async () => {
    await stored("scripted");
    const from = "2024-01-01T00:25:00Z";
    const reset = await runCommand(
      ["reset", "octo/scripted", "--from", from, "--yes", "--json"],
      env,
    );
    expect(objectsOf(reset.stdout)).toMatchObject([
      { nameWithOwner: "octo/scripted", deletedCount: 5, dryRun: false },
    ]);
    const removed = await runCommand(["remove", "octo/scripted", "--yes", "--json"], env);
    expect(objectsOf(removed.stdout)).toMatchObject([
      { nameWithOwner: "octo/scripted", deletedCount: LENGTH - 5 },
    ]);
    expect(removed).toMatchObject({ code: 0, stderr: "" });
  });
});
