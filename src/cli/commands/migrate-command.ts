import { Command } from "@commander-js/extra-typings";
import type { Tools } from "../tools.js";

export function migrateCommand({ output, local }: Tools) {
  return new Command("migrate")
    .description("Applies the migrations that the configured database lacks.")
    .action(async () => {
      const applied = await local.migrate();
      await output.print({ applied }, () =>
        applied.length === 0 ? "nothing to apply" : `applied ${applied.join(", ")}`,
      );
    });
}
