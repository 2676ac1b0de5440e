import { Command } from "@commander-js/extra-typings";
import { type FailedTask, readFailedTasks } from "../client/failed-tasks.js";
import { showPages } from "../terminal/show-pages.js";
import { dateOf } from "../terminal/time-text.js";
import type { Tools } from "../tools.js";

const COLUMNS = [
  {
    title: "REPOSITORY",
    of: (task: FailedTask) => task.repository.nameWithOwner,
    cutAt: "start" as const,
  },
  { title: "ATTEMPTS", of: (task: FailedTask) => task.attempts },
  { title: "LAST", of: (task: FailedTask) => dateOf(task.lastFailedAt), isExtra: true },
  { title: "AGAIN", of: (task: FailedTask) => dateOf(task.nextAttemptAt) },
  { title: "WHY", of: (task: FailedTask) => task.lastError ?? "" },
];

export function failedCommand({ server, output }: Tools) {
  return new Command("failed")
    .description("Lists work that was given up after many failures.")
    .action(() =>
      showPages(output, (place) => readFailedTasks(server(), place), {
        columns: COLUMNS,
        whenEmpty: "Nothing was given up.",
      }),
    );
}
