import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { runCommand } from "../support/command-line.js";

const COMMANDS = `status list show commits export rewrites top-authors watch wait-for open
  add add-owner pause resume refresh reset remove budget verify failed retry discard
  doctor keys migrate rebuild restored completion`.split(/\s+/);

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
    { args: ["show"], says: "missing required argument 'repository'" },
    { args: ["reset", "o/n"], says: "'--from <date>' not specified" },
    { args: ["open", "--github"], says: "--github takes a repository" },
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

  it.each([
    { args: ["lst"], says: "unknown command 'lst'" },
    { args: ["list", "--stat", "ACTIVE"], says: "unknown option '--stat'" },
    { args: ["list", "--state", "BUSY"], says: "There are PENDING" },
    { args: ["show"], says: "missing required argument 'repository'" },
    { args: ["keys"], says: "A command is missing" },
    { args: [], says: "A command is missing" },
  ])("says what it does not understand of `$args --json` as JSON alone", async ({ args, says }) => {
    const { code, stdout, stderr } = await runCommand([...args, "--json"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    const { error } = JSON.parse(stderr) as { error: { message: string } };
    expect(error).toMatchObject({ code: "BAD_USER_INPUT", advice: expect.any(String) });
    expect(error.message).toContain(says);
    expect(error.message).not.toContain("error:");
  });

  it.each([
    {
      what: "an address",
      env: { TRACKER_URL: "ftp://x" },
      says: "TRACKER_URL must make an address",
    },
    { what: "a key", env: { TRACKER_API_KEY: "a b" }, says: "TRACKER_API_KEY" },
  ])("says what is wrong with $what as JSON", async ({ env, says }) => {
    const { code, stderr } = await runCommand(["list", "--json"], env);
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { message: expect.stringContaining(says) },
    });
  });

  it("warns in its help that npx finds another package elsewhere", async () => {
    const { stdout } = await runCommand(["--help"]);
    expect(stdout).toMatch(/`npx tracker` is somebody else's package/);
  });

  it("tells its version", async () => {
    const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
    expect(await runCommand(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });
});
