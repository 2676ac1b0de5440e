import { Argument, Command } from "@commander-js/extra-typings";
import { SHELL_SCRIPTS, SHELLS } from "../completion/shell-scripts.js";
import type { Tools } from "../tools.js";

export function completionCommand({ output }: Tools) {
  return new Command("completion")
    .description(
      "Prints what makes a shell complete commands, options and repositories; its first lines say where it goes.",
    )
    .addArgument(new Argument("<shell>", "the one you use").choices(SHELLS))
    .action((shell) => output.raw(SHELL_SCRIPTS[shell]));
}
