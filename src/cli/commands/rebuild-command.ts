import { Argument, Command } from "@commander-js/extra-typings";
import type { Tools } from "../tools.js";

export function rebuildCommand({ output, local }: Tools) {
  return new Command("rebuild")
    .description(
      "Forgets what is derived from the commits, words for searches and statistics, for a scheduler to make it again. Answers stay right meanwhile, and are slower.",
    )
    .addArgument(
      new Argument("[what...]", "default: both").choices(["words", "statistics"] as const),
    )
    .action(async (what) => {
      const rebuilt = await local.rebuild(what);
      await output.print({ rebuilt }, () => `to be made again: ${rebuilt.join(", ")}`);
    });
}
