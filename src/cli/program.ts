import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { completeCommand } from "./commands/complete-command.js";
import { COMMANDS } from "./commands.js";
import type { Tools } from "./tools.js";
import { readVersion } from "./version.js";

const JSON_OPTION = "one JSON object a line, what goes wrong too";
const AFTER_HELP = `
Without a command it starts the tracker: the roles of ROLES, see README.

TRACKER_URL      the server to talk to, like https://tracker.example.org;
                 unset: http://HOST:PORT of this machine's configuration
TRACKER_API_KEY  the key sent to it; or TRACKER_API_KEY_FILE, the file that it is in

Exit codes: 0 done, 1 failed or the answer is no, 2 not understood.

Outside of this folder \`npx tracker\` is somebody else's package of that name:
\`npm link\`, here, makes this one \`tracker\` everywhere.`;

/** All commands, with what they have in common. */
export function createProgram(tools: Tools): Command {
  const program = new Command("tracker")
    .usage("[command] [options]")
    .description("Follows the commits of GitHub repositories.")
    .version(readVersion(), "--version", "show the version")
    .addHelpText("after", AFTER_HELP);
  for (const { title, commands } of COMMANDS) {
    program.commandsGroup(title);
    for (const create of commands) program.addCommand(create(tools));
  }
  program.addCommand(completeCommand(tools), { hidden: true });
  program.commandsGroup("Help:");
  program.helpCommand("help [command]", "show help for a command");
  return complete(program, tools);
}

/** Commander's own exit would cut off what is still being written. */
function complete<Any extends CommandUnknownOpts>(command: Any, tools: Tools): Any {
  command.option("--json", JSON_OPTION).helpOption("-h, --help", "show help");
  command.showHelpAfterError().exitOverride();
  const { writeErr } = command.configureOutput();
  command.configureOutput({
    writeErr(text) {
      if (!tools.output.isJson) writeErr?.(text); // as JSON it is told once it is caught
    },
  });
  for (const subcommand of command.commands) complete(subcommand, tools);
  return command;
}
