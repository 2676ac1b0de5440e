import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { git } from "../stand-in/ask.js";

const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/** A commit's fields as they stand in its object, whatever git's own commands would write. */
export interface OddCommit {
  readonly parents: readonly number[];
  readonly author: Buffer;
  readonly committer: Buffer;
  readonly headers: string;
  readonly message: Buffer;
}

const piece = fc.oneof(
  fc.constantFrom("İ", "ß", "ẞ", "ΟΔΟΣ", "\u212A", "Ꭰ", "ꭰ", "e\u0301", "é", "DŽ", "I", "ı"),
  fc.constantFrom(
    "登录",
    "オーバーフロー12306",
    "ﾊﾝ",
    "Ａｄａ",
    "ภาษาไทย",
    "한국어",
    "🚀",
    "👩🏽‍🚀",
  ),
  fc.constantFrom(
    " ",
    "  ",
    "\t",
    "\u00a0",
    "\u2028",
    "\v",
    "\f",
    "\u200b",
    "'",
    '"',
    "\\",
    ",",
    "~",
  ),
  fc.string({ unit: "grapheme", maxLength: 4 }),
  fc.string({ maxLength: 6 }),
);
const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
/** Not what ends a header's parts, nor what the test takes apart git's answer by. */
const isTaken = (byte: number) =>
  byte < 9 || (byte > 12 && byte < 32) || byte === 10 || byte === 0x3c || byte === 0x3e;
const surrogate = Buffer.from([0xed, 0xa0, 0x80]);
const bytes = fc
  .oneof(
    { weight: 6, arbitrary: text.map((each) => Buffer.from(each)) },
    { weight: 1, arbitrary: text.map((each) => Buffer.from(each, "latin1")) },
    { weight: 1, arbitrary: fc.constantFrom(surrogate, Buffer.from([0x41, 0xff])) },
  )
  .map((each) => Buffer.from(each.filter((byte) => !isTaken(byte))));

const seconds = fc.oneof(
  fc.nat(2_000_000_000).map(String),
  fc.constantFrom("0", "1", "-1", "00012", "253402300799", "253402300800", "8640000000000"),
  fc.constantFrom(
    "8640000000001",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999",
  ),
  fc.constantFrom("-62135596801", "1.5", "", "now", "1e9"),
);
const zone = fc.constantFrom(
  "+0000",
  "-0000",
  "+9999",
  "-1459",
  "+05",
  "-0456",
  "+123456",
  "UTC",
  "",
);
const name = fc.oneof(
  bytes,
  fc.constantFrom("Ada", "ADA", "ada ", " Ada", "Ada Lovelace").map((each) => Buffer.from(each)),
);
const signature = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(name, bytes, seconds, zone)
      .map(([who, mail, at, where]) =>
        Buffer.concat([who, Buffer.from(" <"), mail, Buffer.from(`> ${at} ${where}`)]),
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        ...[
          "",
          "Nobody",
          "No date <n@example.org>",
          "A <b> c <d@e> 5 +0000",
          "<only@mail> 5 +0000",
        ],
        ...["A <a@b", "A a@b> 5 +0000", "A <<a@b>> 5 +0000", "A <a@b>5 +0000", "A <a@b> 5 +0000 x"],
      )
      .map((each) => Buffer.from(each)),
  },
);
const lineEnd = fc.constantFrom("\n", "\r\n", "\n\n", "\r\n\r\n", "\n \n", "\n\t", "\r", " \n");
const message = fc
  .array(fc.tuple(bytes, lineEnd), { maxLength: 6 })
  .chain((lines) =>
    fc
      .constantFrom("", "\n", "\r\n", "\n\n \n")
      .map((start) =>
        Buffer.concat([
          Buffer.from(start),
          ...lines.flatMap(([line, end]) => [line, Buffer.from(end)]),
        ]),
      ),
  );

export const oddCommit: fc.Arbitrary<OddCommit> = fc.record({
  parents: fc.array(fc.nat(30), { maxLength: 3 }),
  author: signature,
  committer: signature,
  headers: fc.constantFrom(
    "",
    "gpgsig -----BEGIN\n parent x\n author y\n -----END\n",
    "HG:extra a:b\n",
  ),
  message,
});

/** Writes them as one history, each on the one before it and on some further back; the head's oid. */
export async function writeOddHistory(
  gitDir: string,
  commits: readonly OddCommit[],
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "odd-history-"));
  try {
    await mkdir(folder, { recursive: true });
    const oids: string[] = [];
    for (const [index, commit] of commits.entries()) {
      const further = commit.parents.flatMap((back) => oids.at(-1 - back) ?? []);
      const parents = [...oids.slice(-1), ...further].map((oid) => `parent ${oid}\n`);
      const content = Buffer.concat([
        ...[Buffer.from(`tree ${EMPTY_TREE}\n${parents.join("")}author `), commit.author],
        ...[Buffer.from("\ncommitter "), commit.committer, Buffer.from(`\n${commit.headers}\n`)],
        commit.message,
      ]);
      await writeFile(join(folder, String(index)), content);
      oids.push(
        createHash("sha1").update(`commit ${content.length}\0`).update(content).digest("hex"),
      );
    }
    const paths = commits.map((_, index) => join(folder, String(index))).join("\n");
    const args = [
      "hash-object",
      "-t",
      "commit",
      "-w",
      "--literally",
      "--no-filters",
      "--stdin-paths",
    ];
    const written = git(gitDir, args, `${paths}\n`).split("\n");
    if (written.join() !== oids.join()) throw new Error("git gave other object ids");
    return oids.at(-1) ?? "";
  } finally {
    await rm(folder, { recursive: true });
  }
}
