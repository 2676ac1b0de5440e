import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Exported } from "../../../src/cli/export/commit-record.js";
import { EXPORT_FORMATS, formatOf } from "../../../src/cli/export/export-format.js";
import { toFile } from "../../../src/cli/export/export-target.js";

const PERSON = { name: 'Ada "the first", née Ödön', email: "=ada@example.org", login: null };
const MESSAGES = [
  "plain",
  'quotes " and "",\nlines\r\nand a record,"~9,9"\r\nthat is none',
  "名前 👍 é\n\n- a\n- list",
  '"',
  "",
];
const exported: readonly Exported[] = MESSAGES.map((message, index) => ({
  cursor: `~${index + 1},${index}`,
  node: {
    repository: { nameWithOwner: "octo/app" },
    ...{ oid: `${index}`.repeat(40), parents: index === 0 ? [] : [`${index - 1}`.repeat(40)] },
    ...{ author: PERSON, committer: PERSON, message, messageHeadline: message },
    ...{ authoredAt: "2024-01-01T00:00:00.000Z", committedAt: "2024-01-01T00:00:00.000Z" },
    ...{ firstSeenAt: "2024-01-01T00:00:00.000Z", reachable: true },
    ...{ sequence: String(index + 1), url: "https://github.com/octo/app" },
  },
}));

describe.each(EXPORT_FORMATS)("an export as %s to a file", (name) => {
  const format = formatOf(name, undefined);
  let folder: string;
  let whole: Buffer;
  const pathOf = (file: string) => join(folder, `${name}-${file}`);
  const write = async (path: string, isResumed: boolean) => {
    const target = await toFile(path, format, { after: null, isResumed });
    const begin = exported.findIndex(({ cursor }) => cursor === target.after) + 1;
    for (const each of exported.slice(begin)) await target.write(format.record(each));
    await target.close();
    return { begin, count: target.count };
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "export-"));
    await write(pathOf("whole"), false);
    whole = await readFile(pathOf("whole"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("is the same, wherever it was cut off before it was gone on with", async () => {
    const path = pathOf("cut");
    const isTelling = (size: number) =>
      /["\r\n]/.test(whole.toString("latin1", size - 1, size + 1));
    for (let size = 0; size <= whole.length; size += 1) {
      if (size % 16 !== 0 && !(name === "csv" && isTelling(size))) continue;
      await writeFile(path, whole.subarray(0, size));
      const { begin, count } = await write(path, true);
      expect(count).toBe(begin);
      expect((await readFile(path)).equals(whole), `cut at ${size}`).toBe(true);
    }
  });

  it("begins a file that is not there, to be gone on with or not", async () => {
    await write(pathOf("new"), true);
    expect((await readFile(pathOf("new"))).equals(whole)).toBe(true);
  });

  it("leaves a file that is there as it is, unless told to go on", async () => {
    await expect(
      toFile(pathOf("whole"), format, { after: null, isResumed: false }),
    ).rejects.toThrow("is there already: --resume goes on where it ends");
    expect((await stat(pathOf("whole"))).size).toBe(whole.length);
  });

  it.each([
    { what: "something else", text: "to do: buy milk" },
    { what: "lines of something else", text: "a,b\r\n1,2\r\n" },
    { what: "other objects", text: '{"cursor":7}\n{"cursor":8}\n' },
    { what: "what looks like one, and is none", text: '{"cursor":"1","broken\n' },
  ])("leaves $what as it is", async ({ what, text }) => {
    const path = pathOf(what);
    await writeFile(path, text);
    await expect(toFile(path, format, { after: null, isResumed: true })).rejects.toThrow(
      "so it is left as it is",
    );
    expect(await readFile(path, "utf8")).toBe(text);
  });
});
