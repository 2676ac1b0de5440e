import { Command } from "@commander-js/extra-typings";
import type { Tools } from "../tools.js";

export function restoredCommand({ output, local }: Tools) {
  return new Command("restored")
    .description(
      "To be run once after the database was restored from a backup, or a standby took over that may have lacked something: the feed goes on behind every sequence that it may have given out.",
    )
    .action(async () => {
      const { after, upTo } = await local.declareRestored();
      const told = { after: String(after), upTo: String(upTo) };
      await output.print(told, () => `the feed ends at ${after} and goes on after ${upTo}`);
    });
}
