import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CO_AUTHORS_MAX, coAuthorsOf } from "../../../src/domain/co-author.js";
import { bodyOf } from "../../../src/domain/commit.js";
import { trailersOf } from "../../../src/domain/trailers.js";
import { type GitShows, openGitShows } from "../../support/git-shows.js";

const MESSAGES = 3_000;

const line = fc.oneof(
  fc.constantFrom(
    ...["Co-authored-by: Ada <ada@example.org>", "co-AUTHORED-by : b", "Co-authored-by:", "Key: x"],
    ...["Signed-off-by: A <a@b>", "(cherry picked from commit abc)", "Conflicts:", "\ta/path"],
    ...[
      " goes on",
      "\tgoes on too",
      "a line",
      "key with blanks: x",
      ": x",
      "-: y",
      "né: x",
      "#1: x",
    ],
    ...[
      "",
      " ",
      "\t",
      "\r",
      "# comment",
      "---",
      "Co-authored-by: 登录 <a@b>\r",
      "Co-authored-by: \v",
    ],
    "# ------------------------ >8 ------------------------",
  ),
  fc.string({ unit: "grapheme", maxLength: 3 }),
);
const trailer = fc.constantFrom(
  ...["Co-authored-by: Ada <ada@example.org>", "co-AUTHORED-by : b", "Co-authored-by:", "Key: x"],
  ...["Signed-off-by: A <a@b>", " goes on", "a line"],
);
const messages = fc.sample(
  fc
    .tuple(
      fc.oneof(fc.constant([]), fc.constant(["subject", ""])),
      fc.oneof(fc.array(line, { maxLength: 9 }), fc.array(trailer, { maxLength: 6 })),
      fc.constantFrom("", "\n", "\n\n"),
    )
    .map(([begin, rest, end]) => ([...begin, ...rest].join("\n") + end).replaceAll("\0", ""))
    .map((message) => message.toWellFormed()),
  MESSAGES,
);

const SEPARATOR = "\u0001";

function withoutEmptyFirst(shown: string): string {
  return shown.startsWith(SEPARATOR) ? withoutEmptyFirst(shown.slice(1)) : shown;
}

describe("a commit's message", () => {
  let git: GitShows;
  beforeAll(() => {
    git = openGitShows();
  });
  afterAll(() => git[Symbol.dispose]());

  it("has the body that git shows, whatever blank lines and line ends it has", () => {
    const bodies = git.of(messages, "%b");
    const shown = messages.map((message) => [message, bodyOf(message)]);
    expect(shown).toEqual(messages.map((message, index) => [message, bodies[index]]));
  });

  it("has the trailers that git finds", () => {
    const format = "%(trailers:key=Co-authored-by,valueonly,unfold,separator=%x01)";
    // It puts none before a first one that is empty.
    const found = git.of(messages, format).map(withoutEmptyFirst);
    const shown = messages.map((message) => [
      message,
      withoutEmptyFirst(trailersOf(message, "Co-authored-by").join(SEPARATOR)),
    ]);
    expect(shown).toEqual(messages.map((message, index) => [message, found[index]]));
    expect(found.filter((values) => values !== "").length).toBeGreaterThan(MESSAGES / 10);
  });

  it("names its co-authors by name and e-mail address, as far as it has them", () => {
    const trailers = ["Ada L <ada@example.org>", "only a name", "<b@example.org>", "", "C <c"];
    const message = `fix\n\n${trailers.map((one) => `Co-Authored-By: ${one}`).join("\n")}\n`;
    expect(coAuthorsOf(message)).toEqual([
      { name: "Ada L", email: "ada@example.org" },
      { name: "only a name", email: "" },
      { name: "", email: "b@example.org" },
      { name: "C <c", email: "" },
    ]);
    expect(coAuthorsOf("Co-authored-by: the subject is no trailer <a@b>")).toEqual([]);
  });

  it("has so many of them at most", () => {
    const message = `fix\n\n${"Co-authored-by: a <a@b>\n".repeat(CO_AUTHORS_MAX + 1)}`;
    expect(coAuthorsOf(message)).toHaveLength(CO_AUTHORS_MAX);
  });
});
