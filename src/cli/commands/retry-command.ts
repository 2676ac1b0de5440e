import { Command } from "@commander-js/extra-typings";
import { changeFailedTasks } from "../each-repository.js";
import type { Tools } from "../tools.js";

export function retryCommand(tools: Tools) {
  return new Command("retry")
    .description("Tries work that was given up again, at once.")
    .argument("<repository...>", "owner/name, or an id")
    .action((refs) => changeFailedTasks(tools, "retryTask", refs));
}
