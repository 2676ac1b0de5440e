import { Command } from "@commander-js/extra-typings";
import { parseDate } from "../argument.js";
import { requireRepository } from "../client/repository.js";
import { DELETION_MS_MAX, type ServerClient } from "../client/server-client.js";
import { YES_OPTION } from "../confirmation.js";
import { count } from "../terminal/terminal-text.js";
import { zonedTime } from "../terminal/time-text.js";
import type { Tools } from "../tools.js";

interface Reset {
  readonly deletedCount: number;
  readonly repository: { readonly id: string; readonly nameWithOwner: string };
}

const RESET = `mutation ($ref: String!, $from: DateTime!, $dryRun: Boolean!) {
  resetCommitsFrom(repository: $ref, from: $from, dryRun: $dryRun) {
    deletedCount repository { id nameWithOwner state commitCount }
  }
}`;

export function resetCommand({ server, output, confirming, answerNo }: Tools) {
  return new Command("reset")
    .description(
      "Deletes a repository's commits from a date on and fetches them again, after saying how many and asking.",
    )
    .argument("<repository>", "owner/name, or an id")
    .requiredOption(
      "--from <date>",
      "dated then or later go; before the tracking start: moves it back",
      parseDate,
    )
    .option("--dry-run", "only count", false)
    .option("--yes", YES_OPTION, false)
    .action(async (given, { from, dryRun, yes }) => {
      const confirm = confirming(yes || dryRun);
      const { id: ref, nameWithOwner } = await requireRepository(server(), given);
      const since = `of ${nameWithOwner} from ${zonedTime(new Date(from))} on`;
      const ask = (isDry: boolean) => reset(server(), { ref, from, dryRun: isDry });
      if (dryRun) {
        const counted = await ask(true);
        return await output.print({ ...counted, dryRun }, ({ deletedCount }) => {
          return `${count(deletedCount)} commits ${since} would be deleted and fetched again`;
        });
      }
      if (!yes) {
        const { deletedCount } = await ask(true);
        const question = `Delete ${count(deletedCount)} commits ${since}, and fetch them again?`;
        if (!(await confirm(question))) {
          answerNo();
          return await output.note("They stay.");
        }
      }
      await output.print({ ...(await ask(false)), dryRun }, ({ deletedCount }) => {
        return `${count(deletedCount)} commits ${since} are deleted, and fetched again`;
      });
    });
}

async function reset(
  server: ServerClient,
  variables: { ref: string; from: string; dryRun: boolean },
): Promise<Reset["repository"] & Pick<Reset, "deletedCount">> {
  const options = { answerMsMax: DELETION_MS_MAX };
  const answer = await server.ask<{ resetCommitsFrom: Reset }>(RESET, variables, options);
  const { repository, deletedCount } = answer.resetCommitsFrom;
  return { ...repository, deletedCount };
}
