import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** An empty bare repository, made by hand: `git init` copies templates and takes ten times as long. */
export async function createBareRepository(gitDir: string, defaultBranch: string): Promise<void> {
  for (const folder of ["info", "objects/info", "objects/pack", "refs/heads", "refs/tags"]) {
    await mkdir(join(gitDir, folder), { recursive: true });
  }
  await writeFile(join(gitDir, "HEAD"), `ref: refs/heads/${defaultBranch}\n`);
  await writeFile(
    join(gitDir, "config"),
    "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n[gc]\n\tauto = 0\n",
  );
}
