import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const manifest = JSON.parse(await readFile("package.json", "utf8")) as {
  version: string;
  license: string;
};
const CHANGES = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

const headingsOf = (text: string, level: number) =>
  text
    .split("\n")
    .filter((line) => line.startsWith(`${"#".repeat(level)} `))
    .map((line) => line.slice(level + 1));

describe("CHANGELOG.md", () => {
  it("keeps the form: what is unreleased, then versions with their dates, package.json's first", async () => {
    const text = await readFile("CHANGELOG.md", "utf8");
    expect(headingsOf(text, 1)).toEqual(["Changelog"]);
    const [unreleased, ...versions] = headingsOf(text, 2);
    expect(unreleased).toBe("[Unreleased]");
    expect(versions[0]?.startsWith(`[${manifest.version}] - `)).toBe(true);
    for (const version of versions) {
      expect(version).toMatch(/^\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}$/);
    }
    for (const heading of headingsOf(text, 3)) expect(CHANGES).toContain(heading);
  });
});

describe("LICENSE", () => {
  it("is the one that package.json names", async () => {
    expect((await readFile("LICENSE", "utf8")).startsWith(`${manifest.license} License\n`)).toBe(
      true,
    );
  });
});

describe("what people read", () => {
  it("names no file that is not there", async () => {
    const folders = [".", "docs/decisions", "examples"];
    const examples = await readdir("examples", { withFileTypes: true });
    folders.push(...examples.flatMap((e) => (e.isDirectory() ? [join("examples", e.name)] : [])));
    const missing: string[] = [];
    for (const folder of folders) {
      const names = await readdir(folder);
      for (const name of names.filter((entry) => entry.endsWith(".md"))) {
        const path = join(folder, name);
        const text = await readFile(path, "utf8");
        for (const [, target = ""] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
          const isHere = !/^[a-z]+:/.test(target);
          if (isHere && !existsSync(join(dirname(path), target)))
            missing.push(`${path}: ${target}`);
        }
      }
    }
    expect(missing).toEqual([]);
  });
});
