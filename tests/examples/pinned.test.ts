import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const FOLDER = "examples";

interface Manifest {
  readonly version?: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const readManifest = async (folder: string) =>
  JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest;

async function exampleFolders(): Promise<string[]> {
  const entries = await readdir(FOLDER, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

describe("the examples", () => {
  it("stand on the exact versions that the tests run them with, and are published by nobody", async () => {
    let checkedCount = 0;
    for (const name of await exampleFolders()) {
      const manifest = await readManifest(join(FOLDER, name)).catch(() => null);
      if (manifest === null) continue; // one without packages
      expect(manifest.private, name).toBe(true);
      const wanted = { ...manifest.dependencies, ...manifest.devDependencies };
      for (const [dependency, version] of Object.entries(wanted)) {
        const installed = await readManifest(join("node_modules", dependency));
        expect(version, `${name}: ${dependency}`).toBe(installed.version);
        checkedCount += 1;
      }
    }
    expect(checkedCount).toBeGreaterThan(5);
  });

  it("are each explained, and named in the list of them", async () => {
    const list = await readFile(join(FOLDER, "README.md"), "utf8");
    for (const name of await exampleFolders()) {
      expect(list).toContain(`](${name})`);
      expect(await readFile(join(FOLDER, name, "README.md"), "utf8")).toMatch(/^# \w/);
    }
  });
});
