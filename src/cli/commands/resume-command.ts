import { Command } from "@commander-js/extra-typings";
import { changeRepositories } from "../each-repository.js";
import type { Tools } from "../tools.js";

export function resumeCommand(tools: Tools) {
  return new Command("resume")
    .description("Checks paused repositories again, from where they were left.")
    .argument("<repository...>", "owner/name, or an id")
    .action((refs) => changeRepositories(tools, "resumeRepository", refs));
}
