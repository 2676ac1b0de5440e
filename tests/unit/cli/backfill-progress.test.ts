import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import type { Backfill } from "../../../src/cli/client/backfill.js";
import { createBackfillProgress } from "../../../src/cli/terminal/backfill-progress.js";
import { createOutput } from "../../../src/cli/terminal/output.js";

const backfill = (nameWithOwner: string, commitCount: number, expectedCount: number | null) =>
  ({
    ...{ id: nameWithOwner, nameWithOwner, state: "BACKFILLING", commitCount },
    ...{ headOid: null, lastError: null, completeness: { expectedCount } },
  }) satisfies Backfill;

/** What is written, on a terminal of that size or into a pipe. */
function startProgress(terminal?: { columns: number; rows: number }) {
  const stream = Object.assign(new PassThrough(), terminal && { isTTY: true, ...terminal });
  const stderr = stream as unknown as NodeJS.WriteStream;
  const progress = createBackfillProgress(
    createOutput({ stdout: stderr, stderr, isJson: () => false }),
  );
  return { progress, written: () => String(stream.read() ?? "") };
}

describe("the progress of backfills", () => {
  it("is a bar of GitHub's count on a terminal, drawn again in its place", async () => {
    const { progress, written } = startProgress({ columns: 100, rows: 24 });
    await progress.show([backfill("octo/long", 0, null)]);
    expect(written()).toBe("octo/long  BACKFILLING  0 commits\n");
    await progress.show([backfill("octo/long", 1_500, 6_000)]);
    expect(written()).toBe(
      `\u001b[1A\u001b[Jocto/long  ${"█".repeat(6)}${"░".repeat(18)}  25 %  1,500 of 6,000 commits\n`,
    );
    progress.clear();
    expect(written()).toBe("\u001b[1A\u001b[J");
  });

  it("never draws more than the terminal can take back", async () => {
    const { progress, written } = startProgress({ columns: 30, rows: 6 });
    const many = Array.from({ length: 40 }, (_, index) =>
      backfill(`octo/a-long-name-${index}`, 10, 20),
    );
    await progress.show(many);
    const lines = written().trimEnd().split("\n");
    expect(lines).toHaveLength(5);
    expect(lines.at(-1)).toBe("… and 36 more");
    for (const line of lines) expect(line.length).toBeLessThan(30);
    await progress.show(many.slice(0, 1));
    expect(written().startsWith("\u001b[5A\u001b[J")).toBe(true);
  });

  it("is a line for each change of state in a pipe, without a control character", async () => {
    const { progress, written } = startProgress();
    await progress.show([backfill("octo/long", 0, null)]);
    await progress.show([backfill("octo/long", 1_500, 6_000)]);
    await progress.show([{ ...backfill("octo/long", 6_000, null), state: "PENDING" }]);
    expect(written()).toBe(
      "octo/long  BACKFILLING  0 commits\nocto/long  PENDING  6,000 commits\n",
    );
  });
});
