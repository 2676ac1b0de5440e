import { isComplete, isSettled, readBackfills } from "./backfill.js";
import { createBackfillProgress } from "./backfill-progress.js";
import { askUntil } from "./patience.js";
import { describeRepository } from "./repository.js";
import type { Tools } from "./tools.js";

/** Shows how far repositories are, and each once it has come to an end, whatever that is. */
export async function waitForHistories(
  { server, output, answerNo }: Tools,
  ids: readonly string[],
  timeoutSeconds = Number.POSITIVE_INFINITY,
): Promise<void> {
  const progress = createBackfillProgress(output);
  let left = [...new Set(ids)];
  const isDone = await askUntil(
    () => readBackfills(server(), left),
    async (backfills) => {
      progress.clear();
      for (const backfill of backfills.filter(isSettled)) {
        if (!isComplete(backfill)) answerNo();
        await output.print(backfill, describeRepository);
      }
      const open = backfills.filter((backfill) => !isSettled(backfill));
      left = open.map(({ id }) => id);
      await progress.show(open);
      return left.length === 0;
    },
    { timeoutMs: timeoutSeconds * 1_000, output },
  );
  if (isDone !== null) return;
  answerNo();
  progress.clear();
  const message = `${left.length} histories are not complete after ${timeoutSeconds} seconds.`;
  await output.fault({
    message,
    code: "TIMEOUT",
    advice: "They are fetched all the same; `tracker list` shows how far they are.",
  });
}
