import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { runCommand } from "../support/command-line.js";

const COMMANDS = [
  ...[
    "list",
    "show",
    "commits",
    "watch",
    "wait-for",
    "add",
    "pause",
    "resume",
    "refresh",
    "remove",
  ],
  ...["verify", "failed", "retry", "discard", "doctor", "keys", "migrate", "rebuild", "restored"],
];

describe("tracker", () => {
  it("names every command in its help, and a command's options in its own", async () => {
    const { code, stdout } = await runCommand(["--help"]);
    expect(code).toBe(0);
    for (const name of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, "m"));
    const help = await runCommand(["watch", "--help"]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    for (const option of ["--after", "--kind", "--json"]) expect(help.stdout).toContain(option);
  });

  it("answers an unknown command with those that there are, and exit code 2", async () => {
    const { code, stdout, stderr } = await runCommand(["lst"]);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("unknown command 'lst'");
    expect(stderr).toContain("Did you mean list?");
    for (const name of COMMANDS) expect(stderr).toMatch(new RegExp(`^ {2}${name}\\b`, "m"));
  });

  it.each([
    { args: ["list", "--stat", "ACTIVE"], says: "unknown option '--stat'" },
    { args: ["list", "--state", "BUSY"], says: "There are PENDING, BACKFILLING" },
    { args: ["commits"], says: "missing required argument 'repository'" },
    { args: ["commits", "o/n", "--since", "yesterday"], says: "A date is like" },
    { args: ["commits", "o/n", "--limit", "0"], says: "a whole number from 1" },
    { args: ["wait-for", "o/n", "abc"], says: "a whole object id" },
    { args: ["watch", "--kind", "dead"], says: "live and backfill" },
    { args: ["keys", "create"], says: "'--name <name>' not specified" },
    {
      args: ["keys", "create", "--name", "a", "--role", "admin"],
      says: "reader, operator and writer",
    },
    { args: ["keys", "create", "--name", "a", "--repositories", "acme"], says: "`owner/*`" },
    { args: ["keys", "create", "--name", "a\nb"], says: "none of them a control character" },
    { args: ["keys", "revoke", "x"], says: "a whole number from 1" },
    { args: ["show", "o/n", "p/q"], says: "too many arguments" },
  ])("refuses `$args` with what that command takes, and exit code 2", async ({ args, says }) => {
    const { code, stdout, stderr } = await runCommand(args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(says);
    expect(stderr).toContain(`Usage: tracker ${args[0]} `);
  });

  it("tells its version", async () => {
    const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
    expect(await runCommand(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });
});
