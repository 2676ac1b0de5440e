import type { Command } from "@commander-js/extra-typings";
import { parseDate } from "./argument.js";

/** The options that narrow a list of commits; their names are those of the API's `CommitFilter`. */
export function withCommitFilter(command: Command) {
  return command
    .option("--author <author>", "login, e-mail or name")
    .option(
      "--since <date>",
      "committed then or later: 2026-01-31, 2026-01-31T12:00Z, 7d",
      parseDate,
    )
    .option("--until <date>", "committed then or earlier", parseDate)
    .option("--text <text>", "words that all stand in the message");
}
