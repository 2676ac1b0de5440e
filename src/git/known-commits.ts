import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readCommitObject } from "./commit-object.js";
import { gitFailure } from "./git-failure.js";
import { ObjectFrames } from "./object-frames.js";
import type { ReadingBounds, ScratchRepository } from "./scratch-repository.js";

const ALL = ["cat-file", "--batch-all-objects", "--unordered", "--buffer"];
/** Their object ids are held at once: some 30 MB. */
const NEWER_COMMITS_MAX = 300_000;

/** Whether a pack holds what was asked for: a server that knows no filters may send every file along. */
export async function requireCommitsOnly(
  scratch: ScratchRepository,
  bounds: ReadingBounds,
): Promise<void> {
  for await (const line of linesOf(scratch, "%(objecttype)", bounds)) {
    if (line === "commit") continue;
    throw gitFailure("no-filters", "GitHub's git server sends files along with a history.");
  }
}

/**
 * Makes a pack readable whose oldest commits have parents that are elsewhere: git is told of these without
 * those parents, where it looks for what leads to what. The commits themselves stay what they are.
 */
export async function endAtKnown(
  scratch: ScratchRepository,
  { bytesMax, ...bounds }: ReadingBounds & { readonly bytesMax: number },
): Promise<void> {
  const here = new Set<string>();
  for await (const oid of linesOf(scratch, "%(objectname)", bounds)) {
    here.add(oid);
    if (here.size > NEWER_COMMITS_MAX) {
      throw gitFailure("too-large", `More than ${NEWER_COMMITS_MAX} commits are new.`);
    }
  }
  const grafts: string[] = [];
  const frames = new ObjectFrames(bytesMax);
  for await (const piece of scratch.output([...ALL, "--batch"], bounds)) {
    for (const object of frames.push(piece)) {
      if (object?.content == null) continue;
      const { parents } = readCommitObject(object.content);
      const kept = parents.filter((parent) => here.has(parent));
      if (kept.length < parents.length) grafts.push(`${[object.oid, ...kept].join(" ")}\n`);
    }
  }
  if (grafts.length > 0) await writeFile(join(scratch.gitDir, "info", "grafts"), grafts.join(""));
}

async function* linesOf(
  scratch: ScratchRepository,
  format: string,
  bounds: ReadingBounds,
): AsyncGenerator<string, void, undefined> {
  let rest = "";
  for await (const piece of scratch.output([...ALL, `--batch-check=${format}`], bounds)) {
    const lines = (rest + piece.toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
