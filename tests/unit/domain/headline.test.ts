import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { headlineOf } from "../../../src/domain/commit.js";

describe("a message's headline", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "headline-"));
    execFileSync("git", ["init", "-q", "--bare", folder]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Of each, by `git log --format=%s`. */
  function subjectsOf(messages: readonly string[]): string[] {
    const stream = messages.map((message, index) => {
      const head = `commit refs/heads/m${index}\ncommitter A <a@b> ${index} +0000\n`;
      return `${head}data ${Buffer.byteLength(message)}\n${message}\n`;
    });
    execFileSync("git", ["-C", folder, "fast-import", "--quiet", "--force"], {
      input: stream.join(""),
    });
    const refs = messages.map((_, index) => `m${index}`);
    const args = ["-C", folder, "log", "--no-walk=unsorted", "--format=%s%x02", ...refs, "--"];
    return execFileSync("git", args).toString().split("\u0002\n").slice(0, -1);
  }

  it("is what git shows as its subject, whatever blank lines and line ends it has", () => {
    const part = fc.oneof(
      fc.constantFrom("\n", "\n\n", "\r\n", "\r\n\r\n", "\r", " ", "\t", "\v", "\f", "\u00a0"),
      fc.constantFrom("fix", "subject", "on two lines", "登录", "e\u0301", "\u2028", "#", "--"),
      fc.string({ unit: "grapheme", maxLength: 3 }),
    );
    const messages = fc.sample(
      fc.array(part, { maxLength: 9 }).map((parts) => parts.join("").toWellFormed()),
      1_000,
    );
    const subjects = subjectsOf(messages);
    const shown = messages.map((message) => [message, headlineOf(message)]);
    expect(shown).toEqual(messages.map((message, index) => [message, subjects[index]]));
  });

  it.each([
    ["", ""],
    ["\n\n", ""],
    ["one\n\ntwo", "one"],
    ["\r\n\r\nCRLF \r\n\r\nbody\r\n", "CRLF"],
    ["\n \n  after blank lines\nand on\n\nbody", "  after blank lines and on"],
  ])("of %j is %j", (message, headline) => {
    expect(headlineOf(message)).toBe(headline);
  });
});
