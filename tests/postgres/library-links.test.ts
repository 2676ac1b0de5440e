import { execFile } from "node:child_process";
import { cp, lstat, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBinaries } from "../../src/postgres/embedded/binaries.js";
import { linkLibraries } from "../../src/postgres/embedded/library-links.js";

const run = promisify(execFile);

describe("an embedded PostgreSQL whose install script was not run", () => {
  let folder: string;
  let postgres: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tracker-links-"));
    const installed = join(dirname((await findBinaries()).postgres), "..");
    const isNoLink = async (path: string) => !(await lstat(path)).isSymbolicLink();
    await cp(installed, join(folder, "native"), { recursive: true, filter: isNoLink });
    postgres = join(folder, "native/bin/postgres");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("runs once its links are made, which are made once", async () => {
    await expect(run(postgres, ["--version"])).rejects.toThrow();
    await linkLibraries({ postgres });
    expect((await run(postgres, ["--version"])).stdout).toMatch(/^postgres \(PostgreSQL\)/);
    await linkLibraries({ postgres });
  });

  it("says what to do where they cannot be made, and needs none where the package has no list", async () => {
    const other = join(folder, "other");
    const binaries = { postgres: join(other, "native/bin/postgres") };
    await linkLibraries(binaries);
    const list = "native/pg-symlinks.json";
    await cp(join(folder, list), join(other, list));
    await expect(linkLibraries(binaries)).rejects.toThrow(/links.*ENOENT.*npm rebuild/);
  });
});
