import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { revList } from "../support/histories.js";
import { startPipeline } from "../support/pipeline.js";

/** The history of expressjs/express, beside the project where it is being worked on. */
const ARCHIVE = fileURLToPath(new URL("../../../shared/repos/express.git.tar.gz", import.meta.url));

describe("a real history of thousands of commits", () => {
  it.runIf(existsSync(ARCHIVE))(
    "is stored as git has it, with a request for each hundred commits",
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "tracker-express-"));
      const pipeline = await startPipeline();
      try {
        await promisify(execFile)("tar", ["-xzf", ARCHIVE, "-C", folder]);
        const [name = ""] = await readdir(folder);
        const { gitHub, database } = pipeline;
        const gitDir = join(folder, name);
        await gitHub.addRepository({ owner: "expressjs", name: "express", gitDir });
        const expected = await revList(gitDir, "master");
        const id = await pipeline.add("https://github.com/expressjs/express");
        await pipeline.settled(id, expected[0] ?? "", 60_000);

        const rows = await database.primary.commit.findMany({
          where: { repositoryId: id },
          select: { oid: true },
        });
        const stored = rows.map(({ oid }) => Buffer.from(oid).toString("hex"));
        expect(stored).toHaveLength(expected.length);
        expect(new Set(stored)).toEqual(new Set(expected));
        const { requests } = (await gitHub.countOperations()).History ?? { requests: 0 };
        expect(requests).toBeLessThanOrEqual(Math.ceil(expected.length / 100) + 2);
      } finally {
        await pipeline[Symbol.asyncDispose]();
        await rm(folder, { recursive: true, force: true });
      }
    },
    90_000,
  );
});
