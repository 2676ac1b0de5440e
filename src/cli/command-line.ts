import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { readServerAddress } from "./client/server-address.js";
import { createServerClient, type ServerClient } from "./client/server-client.js";
import { COMMANDS } from "./commands.js";
import { faultOf } from "./fault.js";
import { createOutput } from "./terminal/output.js";
import type { LocalTasks, Tools } from "./tools.js";
import { readVersion } from "./version.js";

const NOT_UNDERSTOOD = 2;
const JSON_OPTION = "one JSON object a line, for programs";
const AFTER_HELP = `
Without a command it starts the tracker: the roles of ROLES, see README.

TRACKER_URL      the server to talk to; unset: http://HOST:PORT of this machine's configuration
TRACKER_API_KEY  the key sent to it; or TRACKER_API_KEY_FILE, the file that it is in

Exit codes: 0 done, 1 failed or the answer is no, 2 not understood.`;

export interface CommandLineOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly interrupt: () => AbortSignal;
  readonly local: LocalTasks;
}

/** Runs one command of `tracker` and returns its exit code, with everything written that is to be. */
export async function runCommandLine(
  args: readonly string[],
  { env, stdout, stderr, interrupt, local }: CommandLineOptions,
): Promise<number> {
  let exitCode = 0;
  let isJson = args.includes("--json");
  const output = createOutput({ stdout, stderr, isJson: () => isJson });
  let client: ServerClient | undefined;
  const server = () => {
    client ??= createServerClient(readServerAddress(env));
    return client;
  };
  const answerNo = () => {
    exitCode = 1;
  };
  const program = createProgram({ server, output, interrupt, answerNo, local });
  program.hook("preAction", (_program, command) => {
    isJson = command.optsWithGlobals().json === true;
  });
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : NOT_UNDERSTOOD;
    await output.fault(faultOf(error));
    return 1;
  }
  return exitCode;
}

function createProgram(tools: Tools): Command {
  const program = new Command("tracker")
    .usage("[command] [options]")
    .description("Follows the commits of GitHub repositories.")
    .version(readVersion(), "--version", "show the version")
    .addHelpText("after", AFTER_HELP);
  for (const { title, commands } of COMMANDS) {
    program.commandsGroup(title);
    for (const create of commands) program.addCommand(create(tools));
  }
  program.commandsGroup("Help:");
  program.helpCommand("help [command]", "show help for a command");
  return complete(program);
}

/** What all commands have in common. Commander's own exit would cut off what is still being written. */
function complete<Any extends CommandUnknownOpts>(command: Any): Any {
  command.option("--json", JSON_OPTION).helpOption("-h, --help", "show help");
  command.showHelpAfterError().exitOverride();
  for (const subcommand of command.commands) complete(subcommand);
  return command;
}
