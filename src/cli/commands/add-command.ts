import { Command } from "@commander-js/extra-typings";
import { parseDate, parseSeconds } from "../argument.js";
import { isComplete, isSettled, readBackfills } from "../backfill.js";
import { createBackfillProgress } from "../backfill-progress.js";
import { eachOf } from "../each-repository.js";
import { askUntil } from "../patience.js";
import { describeRepository, REPOSITORY_FIELDS, type Repository } from "../repository.js";
import type { Tools } from "../tools.js";

interface Added {
  readonly created: boolean;
  readonly repository: Repository;
}

const ADD = `mutation ($url: String!, $trackFrom: DateTime) {
  addRepository(url: $url, trackFrom: $trackFrom) { created repository { ${REPOSITORY_FIELDS} } }
}`;

export function addCommand(tools: Tools) {
  const { server, output } = tools;
  return new Command("add")
    .description("Tracks repositories; one that is tracked already stays as it is.")
    .argument("<url...>", "like https://github.com/owner/name or owner/name")
    .option("--track-from <date>", "leave out history committed before it", parseDate)
    .option("--wait", "until their histories are complete; no: one will not be")
    .option("--timeout <seconds>", "wait no longer", parseSeconds)
    .action(async (urls, { trackFrom, wait, timeout }) => {
      const ids: string[] = [];
      await eachOf(tools, urls, async (url) => {
        const variables = { url, ...(trackFrom !== undefined && { trackFrom }) };
        const { addRepository } = await server().ask<{ addRepository: Added }>(ADD, variables);
        const { repository, created } = addRepository;
        if (wait !== true) return await output.print({ created, ...repository }, describeAdded);
        ids.push(repository.id);
      });
      if (wait === true) await waitForHistories(tools, ids, timeout);
    });
}

function describeAdded({ created, ...repository }: Repository & { created: boolean }): string {
  return `${describeRepository(repository)}${created ? "" : "  tracked already"}`;
}

/** Shows how far they are, and each once it has come to an end, whatever that is. */
async function waitForHistories(
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
  for (const open of await readBackfills(server(), left)) {
    await output.print(open, (repository) => `${describeRepository(repository)}  not complete yet`);
  }
}
