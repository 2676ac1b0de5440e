import { readFile, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { TrackerError } from "../../domain/errors.js";
import type { Binaries } from "./binaries.js";

/**
 * Makes the links to its libraries that are missing: a package cannot carry them, and the script that
 * makes them when it is installed does not run where npm was told to run none.
 */
export async function linkLibraries({ postgres }: Pick<Binaries, "postgres">): Promise<void> {
  const root = join(dirname(postgres), "../..");
  for (const { source, target } of await linksOf(root)) {
    const path = join(root, target);
    await symlink(relative(dirname(target), source), path).catch((cause) => {
      if (cause.code === "EEXIST") return;
      throw new TrackerError(
        "DATABASE_UNAVAILABLE",
        `The embedded PostgreSQL misses links to its libraries, and they cannot be made (${cause.code}: ${path}). Run: npm rebuild --ignore-scripts=false`,
        {},
        { cause },
      );
    });
  }
}

interface Link {
  /** What it leads to; both in the package's folder. */
  readonly source: string;
  readonly target: string;
}

/** None where the package has no list of them. */
async function linksOf(root: string): Promise<readonly Link[]> {
  const text = await readFile(join(root, "native/pg-symlinks.json"), "utf8").catch(() => "[]");
  return JSON.parse(text) as readonly Link[];
}
