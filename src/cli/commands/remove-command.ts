import { Command } from "@commander-js/extra-typings";
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
  const { server, output } = tools;
  return new Command("remove")
    .description(
      "Stops tracking repositories and deletes everything of them; adding fetches it again.",
    )
    .argument("<repository...>", "owner/name, or an id")
    .action((refs) =>
      eachOf(tools, refs, async (ref) => {
        const answer = await server().ask<{ removeRepository: Removed }>(REMOVE, { ref });
        const { repository, deletedCount } = answer.removeRepository;
        await output.print(
          { ...repository, deletedCount },
          ({ nameWithOwner }) => `${nameWithOwner}  removed  ${count(deletedCount)} commits`,
        );
      }),
    );
}
