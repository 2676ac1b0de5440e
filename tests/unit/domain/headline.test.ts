import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { headlineOf } from "../../../src/domain/commit.js";
import { type GitShows, openGitShows } from "../../support/git-shows.js";

describe("a message's headline", () => {
  let git: GitShows;
  beforeAll(() => {
    git = openGitShows();
  });
  afterAll(() => git[Symbol.dispose]());

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
    const subjects = git.of(messages, "%s");
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
