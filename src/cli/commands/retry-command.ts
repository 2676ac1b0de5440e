import { Command } from "@commander-js/extra-typings";
import { requireFailedTask } from "../client/failed-tasks.js";
import { describeRepository, REPOSITORY_FIELDS, type Repository } from "../client/repository.js";
import { eachOf } from "../each-repository.js";
import type { Tools } from "../tools.js";

const RETRY = `mutation ($id: ID!) { changed: retryTask(id: $id) { ${REPOSITORY_FIELDS} } }`;

export function retryCommand(tools: Tools) {
  const { server, output } = tools;
  return new Command("retry")
    .description("Tries work that was given up again, at once.")
    .argument("<repository...>", "owner/name, or an id")
    .action((refs) =>
      eachOf(tools, refs, async (ref) => {
        const { id } = await requireFailedTask(server(), ref);
        const { changed } = await server().ask<{ changed: Repository }>(RETRY, { id });
        await output.print(changed, describeRepository);
      }),
    );
}
