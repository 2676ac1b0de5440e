import { Command } from "@commander-js/extra-typings";
import { requireRepository } from "../client/repository.js";
import { DELETION_MS_MAX } from "../client/server-client.js";
import { YES_OPTION } from "../confirmation.js";
import { eachOf } from "../each-repository.js";
import { count } from "../terminal/terminal-text.js";
import type { Tools } from "../tools.js";

interface Removed {
  readonly repository: { readonly id: string; readonly nameWithOwner: string };
  readonly deletedCount: number;
}

const REMOVE = `mutation ($ref: String!) {
  removeRepository(repository: $ref) { repository { id nameWithOwner } deletedCount }
}`;

export function removeCommand(tools: Tools) {
  const { server, output, confirming, answerNo } = tools;
  return new Command("remove")
    .description(
      "Stops tracking repositories and deletes everything of them, after asking; adding fetches it again.",
    )
    .argument("<repository...>", "owner/name, or an id")
    .option("--yes", YES_OPTION, false)
    .action((refs, { yes }) => {
      const confirm = confirming(yes);
      return eachOf(tools, refs, async (ref) => {
        const { id, nameWithOwner, commitCount } = await requireRepository(server(), ref);
        const what = `${nameWithOwner} with its ${count(commitCount)} commits`;
        if (!(await confirm(`Remove ${what}?`))) {
          answerNo();
          return await output.note(`${nameWithOwner} stays.`);
        }
        const options = { answerMsMax: DELETION_MS_MAX };
        const answer = await server().ask<{ removeRepository: Removed }>(
          REMOVE,
          { ref: id },
          options,
        );
        const { repository, deletedCount } = answer.removeRepository;
        await output.print(
          { ...repository, deletedCount },
          () => `${repository.nameWithOwner}  removed  ${count(deletedCount)} commits`,
        );
      });
    });
}
