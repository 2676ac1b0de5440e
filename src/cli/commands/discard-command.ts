import { Command } from "@commander-js/extra-typings";
import { requireFailedTask } from "../client/failed-tasks.js";
import { describeRepository, REPOSITORY_FIELDS, type Repository } from "../client/repository.js";
import { eachOf } from "../each-repository.js";
import type { Tools } from "../tools.js";

const DISCARD = `mutation ($id: ID!) { changed: discardTask(id: $id) { ${REPOSITORY_FIELDS} } }`;

export function discardCommand(tools: Tools) {
  const { server, output } = tools;
  return new Command("discard")
    .description("Takes work that was given up off the list and pauses its repositories.")
    .argument("<repository...>", "owner/name, or an id")
    .action((refs) =>
      eachOf(tools, refs, async (ref) => {
        const { id } = await requireFailedTask(server(), ref);
        const { changed } = await server().ask<{ changed: Repository }>(DISCARD, { id });
        await output.print(changed, describeRepository);
      }),
    );
}
