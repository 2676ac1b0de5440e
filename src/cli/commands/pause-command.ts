import { Command } from "@commander-js/extra-typings";
import { changeRepositories } from "../each-repository.js";
import type { Tools } from "../tools.js";

export function pauseCommand(tools: Tools) {
  return new Command("pause")
    .description("Stops checking repositories until they are resumed; what is stored stays.")
    .argument("<repository...>", "owner/name, or an id")
    .action((refs) => changeRepositories(tools, "pauseRepository", refs));
}
