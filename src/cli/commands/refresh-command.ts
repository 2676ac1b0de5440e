import { Command } from "@commander-js/extra-typings";
import { changeRepositories } from "../each-repository.js";
import type { Tools } from "../tools.js";

export function refreshCommand(tools: Tools) {
  return new Command("refresh")
    .description("Has GitHub asked now, instead of when the repositories are due.")
    .argument("<repository...>", "owner/name, or an id")
    .action((refs) => changeRepositories(tools, "refreshRepository", refs));
}
