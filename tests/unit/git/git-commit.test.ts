import { describe, expect, test } from "vitest";
import { readGitCommit } from "../../../src/git/git-commit.js";

const OID = "c".repeat(40);
const TREE = `tree ${"a".repeat(40)}\n`;
const ADA = "Ada <ada@example.org> 1700000000 +0100";
const BOB = "Bob <bob@example.org> 1700000060 -0530";

interface Parts {
  readonly start?: string;
  readonly author?: string;
  readonly committer?: string;
  readonly further?: string;
  readonly rest?: string | Buffer;
}

function read({
  start = TREE,
  author = ADA,
  committer = BOB,
  further = "",
  rest = "\nSubject\n\nBody\n",
}: Parts = {}) {
  const headers = `${start}author ${author}\ncommitter ${committer}\n${further}`;
  return readGitCommit(OID, Buffer.concat([Buffer.from(headers), Buffer.from(rest)]));
}

test("an ordinary commit is read to the second, without the line ends after its message", () => {
  const parents = ["1".repeat(40), "2".repeat(40)];
  const start = TREE + parents.map((oid) => `parent ${oid}\n`).join("");
  expect(read({ start, rest: "\nSubject\n\nBody\n\n\n" })).toEqual({
    ...{ oid: OID, parents, message: "Subject\n\nBody" },
    author: { name: "Ada", email: "ada@example.org" },
    authoredAt: new Date("2023-11-14T22:13:20Z"),
    committer: { name: "Bob", email: "bob@example.org" },
    committedAt: new Date("2023-11-14T22:14:20Z"),
  });
});

test.each([
  ["an empty message", { rest: "\n" }],
  ["headers that git does not know", { further: "HG:extra a:b\nchange-id xyz\n" }],
  [
    "a signature with headers in it",
    { further: "gpgsig -----\n parent x\n \n author y\n -----\n" },
  ],
  ["the first second", { author: "Ada <ada@example.org> 0 +0000" }],
  ["a zone at the edge", { author: "Ada <ada@example.org> 1 +1400" }],
  ["a name of one letter, in any script", { author: "王 <w@example.org> 1 +0800" }],
] as const)("with %s it is as any other", (_, parts) => {
  expect(read(parts)).toBeTypeOf("object");
});

describe("odd, and not guessed at:", () => {
  test.each<[string, Parts]>([
    ["an encoding", { further: "encoding ISO-8859-1\n" }],
    ["bytes that are not UTF-8", { rest: Buffer.from([10, 0x41, 0xff]) }],
    ["half a surrogate pair", { rest: Buffer.from([10, 0xed, 0xa0, 0x80]) }],
    ["a NUL", { rest: "\nSubject\0more\n" }],
    ["a message that begins with a line end", { rest: "\n\nSubject\n" }],
    ["a message with a blank at its end", { rest: "\nSubject \n" }],
    ["a message with line ends of another system", { rest: "\nSubject\r\n" }],
    ["a byte order mark", { rest: "\n\uFEFFSubject\n" }],
    ["no message at all", { rest: "" }],
    ["an author without a name", { author: "<ada@example.org> 1700000000 +0100" }],
    ["an author without an e-mail", { author: "Ada <> 1700000000 +0100" }],
    ["an author without a date", { author: "Ada <ada@example.org>" }],
    ["a name with blanks around it", { author: "Ada  <ada@example.org> 1700000000 +0100" }],
    ["a name that begins with a blank", { author: " Ada <ada@example.org> 1700000000 +0100" }],
    ["an e-mail with a blank", { author: "Ada < ada@example.org> 1700000000 +0100" }],
    ["brackets in a name", { author: "A <b> c <d@e> 5 +0000" }],
    ["brackets in an e-mail", { author: "Ada <<ada@example.org>> 5 +0000" }],
    ["a tab in a name", { author: "A\tda <ada@example.org> 5 +0000" }],
    ["a time before 1970", { author: "Ada <ada@example.org> -1 +0000" }],
    ["a time after the year 9999", { author: "Ada <ada@example.org> 253402300800 +0000" }],
    ["a time that is no number", { author: "Ada <ada@example.org> 1.5 +0000" }],
    ["a zone beyond the earth", { author: "Ada <ada@example.org> 5 +1401" }],
    ["a zone with too many minutes", { author: "Ada <ada@example.org> 5 +0160" }],
    ["a zone in words", { author: "Ada <ada@example.org> 5 UTC" }],
    ["a committer that is odd", { committer: "Nobody" }],
    ["a parent twice", { start: `${TREE}parent ${OID}\nparent ${OID}\n` }],
    ["a parent that is none", { start: `${TREE}parent x\n` }],
    ["a parent behind the author", { further: `parent ${OID}\n` }],
    ["two authors", { further: `author ${ADA}\n` }],
    ["no tree", { start: "" }],
  ])("%s", (_, parts) => {
    expect(read(parts)).toBeTypeOf("string");
  });
});
