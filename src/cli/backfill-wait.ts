import { type Backfill, isComplete, isSettled, readBackfills } from "./client/backfill.js";
import { describeRepository } from "./client/repository.js";
import { askUntil, PATIENCE_SECONDS } from "./patience.js";
import { createBackfillProgress } from "./terminal/backfill-progress.js";
import type { Tools } from "./tools.js";

/**
 * Shows how far repositories are, and each once it has come to an end, whatever that is. Gives up after
 * `timeoutSeconds`; without them, when nothing has moved for a while.
 */
export async function waitForHistories(
  { server, output, answerNo }: Tools,
  ids: readonly string[],
  timeoutSeconds?: number,
): Promise<void> {
  const progress = createBackfillProgress(output);
  let left = [...new Set(ids)];
  let open: readonly Backfill[] = [];
  const seconds = timeoutSeconds ?? PATIENCE_SECONDS;
  const isDone = await askUntil(
    () => readBackfills(server(), left),
    async (backfills, beginAgain) => {
      progress.clear();
      for (const backfill of backfills.filter(isSettled)) {
        if (!isComplete(backfill)) answerNo();
        await output.print(backfill, describeRepository);
      }
      const before = JSON.stringify(open);
      open = backfills.filter((backfill) => !isSettled(backfill));
      if (timeoutSeconds === undefined && JSON.stringify(open) !== before) beginAgain();
      left = open.map(({ id }) => id);
      await progress.show(open);
      return left.length === 0;
    },
    { timeoutMs: seconds * 1_000, output },
  );
  if (isDone !== null) return;
  answerNo();
  progress.clear();
  for (const backfill of open) await output.print(backfill, describeRepository);
  const isPatient = timeoutSeconds === undefined;
  await output.fault({
    message: isPatient
      ? `${left.length} histories are not complete, and nothing has moved for ${seconds} seconds.`
      : `${left.length} histories are not complete after ${seconds} seconds.`,
    code: "TIMEOUT",
    advice: "They are fetched all the same; `tracker list` shows how far they are.",
  });
}
