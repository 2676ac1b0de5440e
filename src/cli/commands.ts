import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { addCommand } from "./commands/add-command.js";
import { addOwnerCommand } from "./commands/add-owner-command.js";
import { budgetCommand } from "./commands/budget-command.js";
import { commitsCommand } from "./commands/commits-command.js";
import { completionCommand } from "./commands/completion-command.js";
import { discardCommand } from "./commands/discard-command.js";
import { doctorCommand } from "./commands/doctor-command.js";
import { exportCommand } from "./commands/export-command.js";
import { failedCommand } from "./commands/failed-command.js";
import { keysCommand } from "./commands/keys-command.js";
import { listCommand } from "./commands/list-command.js";
import { migrateCommand } from "./commands/migrate-command.js";
import { openCommand } from "./commands/open-command.js";
import { pauseCommand } from "./commands/pause-command.js";
import { rebuildCommand } from "./commands/rebuild-command.js";
import { refreshCommand } from "./commands/refresh-command.js";
import { removeCommand } from "./commands/remove-command.js";
import { resetCommand } from "./commands/reset-command.js";
import { restoredCommand } from "./commands/restored-command.js";
import { resumeCommand } from "./commands/resume-command.js";
import { retryCommand } from "./commands/retry-command.js";
import { rewritesCommand } from "./commands/rewrites-command.js";
import { showCommand } from "./commands/show-command.js";
import { statusCommand } from "./commands/status-command.js";
import { topAuthorsCommand } from "./commands/top-authors-command.js";
import { verifyCommand } from "./commands/verify-command.js";
import { waitForCommand } from "./commands/wait-for-command.js";
import { watchCommand } from "./commands/watch-command.js";
import type { Tools } from "./tools.js";

interface Group {
  readonly title: string;
  readonly commands: readonly ((tools: Tools) => CommandUnknownOpts)[];
}

/** Every command of `tracker`, as its help shows them. */
export const COMMANDS: readonly Group[] = [
  {
    title: "Read:",
    commands: [
      statusCommand,
      listCommand,
      showCommand,
      commitsCommand,
      exportCommand,
      rewritesCommand,
      topAuthorsCommand,
      watchCommand,
      waitForCommand,
      openCommand,
    ],
  },
  {
    title: "Track:",
    commands: [
      addCommand,
      addOwnerCommand,
      pauseCommand,
      resumeCommand,
      refreshCommand,
      resetCommand,
      removeCommand,
    ],
  },
  {
    title: "Look after:",
    commands: [budgetCommand, verifyCommand, failedCommand, retryCommand, discardCommand],
  },
  {
    title: "On this machine's configuration:",
    commands: [doctorCommand, keysCommand, migrateCommand, rebuildCommand, restoredCommand],
  },
  { title: "Help:", commands: [completionCommand] },
];
