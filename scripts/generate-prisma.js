// Runs `prisma generate` without its native schema engine, which generating does not use and which
// would be downloaded from outside the package registry: any executable stands in for it.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const root = findPrisma();
const { status, stdout, stderr, error } = spawnSync(
  process.execPath,
  [join(root, "build", "index.js"), "generate", "--no-hints"],
  {
    encoding: "utf8",
    timeout: 120_000,
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: "1",
      CHECKPOINT_DISABLE: "1",
    },
  },
);
if (status !== 0) {
  process.stderr.write(`prisma generate failed\n${stdout}${stderr}${error ?? ""}\n`);
  process.exit(1);
}

/** Exits, saying what to do, where the packages that a build needs were left out. */
function findPrisma() {
  try {
    return dirname(createRequire(import.meta.url).resolve("prisma/package.json"));
  } catch {
    process.stderr.write(
      "The build needs the development packages, and they are not installed. Run: npm ci --include=dev\n",
    );
    process.exit(1);
  }
}
