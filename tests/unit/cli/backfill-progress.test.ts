import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import type { Backfill } from "../../../src/cli/client/backfill.js";
import { createBackfillProgress } from "../../../src/cli/terminal/backfill-progress.js";
import { createOutput } from "../../../src/cli/terminal/output.js";

const backfill = (nameWithOwner: string, commitCount: number, expectedCount: number | null) =>
  ({
    ...{ id: nameWithOwner, nameWithOwner, state: "BACKFILLING", commitCount },
    ...{ headOid: null, lastError: null, completeness: { expectedCount }, backfill: null },
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

  it("leaves what is told meanwhile, above it", async () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 24 });
    const stderr = stream as unknown as NodeJS.WriteStream;
    const output = createOutput({ stdout: stderr, stderr, isJson: () => false });
    const progress = createBackfillProgress(output);
    await progress.show([backfill("octo/long", 0, null)]);
    await output.note("The server is away.");
    await progress.show([backfill("octo/long", 1, null)]);
    await output.print(1, () => "a result");
    progress.clear();
    expect(String(stream.read())).toBe(
      [
        "octo/long  BACKFILLING  0 commits\n",
        "\u001b[1A\u001b[JThe server is away.\n",
        "octo/long  BACKFILLING  1 commits\n",
        "\u001b[1A\u001b[Ja result\n",
      ].join(""),
    );
  });

  it.each([
    [5, "5 s"],
    [120, "2 min"],
    [7_200, "2.0 h"],
  ])("says what has come by git, and that it goes on for %i seconds", async (secondsLeft, left) => {
    const way = { transport: "GIT", receivedBytes: 34_120_000, secondsLeft } as const;
    const { progress, written } = startProgress({ columns: 120, rows: 24 });
    await progress.show([{ ...backfill("octo/long", 1_500, 6_000), backfill: way }]);
    expect(written()).toContain(`25 %  1,500 of 6,000 commits  34.1 MB by git  ${left} left\n`);
    const pipe = startProgress();
    await pipe.progress.show([{ ...backfill("octo/long", 0, null), backfill: way }]);
    expect(pipe.written()).toBe(
      `octo/long  BACKFILLING  0 commits  34.1 MB by git  ${left} left\n`,
    );
  });

  it("says of the API's only how long it goes on", async () => {
    const way = { transport: "API", receivedBytes: null, secondsLeft: 30 } as const;
    const { progress, written } = startProgress();
    await progress.show([{ ...backfill("octo/long", 100, 6_000), backfill: way }]);
    expect(written()).toBe("octo/long  BACKFILLING  100 commits  30 s left\n");
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
