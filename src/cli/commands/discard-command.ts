import { Command } from "@commander-js/extra-typings";
import { changeFailedTasks } from "../each-repository.js";
import type { Tools } from "../tools.js";

export function discardCommand(tools: Tools) {
  return new Command("discard")
    .description("Takes work that was given up off the list and pauses its repositories.")
    .argument("<repository...>", "owner/name, or an id")
    .action((refs) => changeFailedTasks(tools, "discardTask", refs));
}
