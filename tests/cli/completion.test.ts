import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { storeRepository } from "../api/rows.js";
import { startTestApi, type TestApi } from "../api/test-api.js";
import { MAIN, runCommand } from "../support/command-line.js";
import { installOnDebian } from "../support/debian-package.js";
import { eventually } from "../support/eventually.js";
import { startTerminal } from "../support/terminal.js";

const run = promisify(execFile);

describe("completion", () => {
  let api: TestApi;
  let folder: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    for (const shell of ["zsh", "fish"]) {
      await run(shell, ["--version"]).catch(() => installOnDebian(shell));
    }
    api = await startTestApi();
    for (const name of ["watched", "waiting", "else"]) {
      await storeRepository(api.database, "octo", name);
    }
    folder = await mkdtemp(join(tmpdir(), "completion-"));
    const tracker = join(folder, "tracker");
    await writeFile(tracker, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
    await chmod(tracker, 0o755);
    env = { TRACKER_URL: api.url, PATH: `${folder}:${process.env.PATH}`, HOME: folder };
  }, 600_000);
  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const candidates = async (...words: string[]) => {
    const { code, stdout, stderr } = await runCommand(["__complete", "--", ...words], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => line.split("\t")[0]);
  };

  it.each([
    {
      words: ["re"],
      are: ["rewrites", "resume", "refresh", "reset", "remove", "retry", "rebuild", "restored"],
    },
    { words: ["keys", ""], are: ["create", "list", "revoke", "help"] },
    { words: ["help", "sh"], are: ["show"] },
    { words: ["list", "--st"], are: ["--state"] },
    { words: ["list", "--state", "a"], are: ["active"] },
    { words: ["keys", "create", "--role", ""], are: ["reader", "operator", "writer"] },
    { words: ["export", "--format", ""], are: ["ndjson", "csv"] },
    { words: ["export", "--output", "x"], are: [":files"] },
    { words: ["completion", ""], are: ["bash", "zsh", "fish"] },
    { words: ["show", "octo/wa"], are: ["octo/waiting", "octo/watched"] },
    { words: ["show", "oc"], are: ["octo/else", "octo/waiting", "octo/watched"] },
    { words: ["show", "octo/else", ""], are: [] },
    { words: ["pause", "octo/else", "octo/e"], are: ["octo/else"] },
    { words: ["commits", "--author", "ada", "octo/e"], are: ["octo/else"] },
    { words: ["wait-for", "octo/else", ""], are: [] },
    { words: ["add", ""], are: [] },
  ])("of $words is $are", async ({ words, are }) => {
    expect(await candidates(...words)).toEqual(are);
  });

  it("says nothing where no server answers", async () => {
    const ran = await runCommand(["__complete", "--", "show", ""], {
      TRACKER_URL: "http://127.0.0.1:1",
    });
    expect(ran).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("is not among the commands that help names", async () => {
    const { stdout } = await runCommand(["--help"]);
    expect(stdout).toContain("completion [options] <shell>");
    expect(stdout).not.toContain("__complete");
  });

  it.each([
    { shell: "bash", args: ["--norc", "--noprofile"], start: "source <(tracker completion bash)" },
    {
      ...{ shell: "zsh", args: ["-f"] },
      start: "autoload -Uz compinit; compinit -u -D; source <(tracker completion zsh)",
    },
    { shell: "fish", args: ["--no-config"], start: "tracker completion fish | source" },
  ])(
    "completes commands, options, repositories and files in $shell",
    async (given) => {
      const { shell, args, start } = given;
      await writeFile(join(folder, "some-file.csv"), "");
      await using terminal = startTerminal([shell, ...args, "-i"], {
        columns: 200,
        env: { ...env, PS1: "> ", PROMPT: "> " },
      });
      const shown = () => stripVTControlCharacters(terminal.shown());
      terminal.type(`cd '${folder}'; ${start}; echo re''ady\n`);
      await eventually(() => expect(shown()).toMatch(/^ready/m));
      terminal.type("tracker rewr\t");
      await eventually(() => expect(shown()).toContain("tracker rewrites "));
      terminal.type("octo/wat\t");
      await eventually(() => expect(shown()).toContain("octo/watched "));
      terminal.type("--lim\t");
      await eventually(() => expect(shown()).toContain("--limit "));
      terminal.type("\u0015tracker export --output so\t");
      await eventually(() => expect(shown()).toContain("some-file.csv"));
    },
    60_000,
  );
});
