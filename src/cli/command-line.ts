import { CommanderError } from "@commander-js/extra-typings";
import { readServerAddress } from "./client/server-address.js";
import { createServerClient, type ServerClient } from "./client/server-client.js";
import { createConfirm } from "./confirmation.js";
import { faultOf } from "./fault.js";
import { createProgram } from "./program.js";
import { createOutput } from "./terminal/output.js";
import type { LocalTasks } from "./tools.js";

const NOT_UNDERSTOOD = 2;

export interface CommandLineOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly interrupt: () => AbortSignal;
  readonly local: LocalTasks;
}

/** Runs one command of `tracker` and returns its exit code, with everything written that is to be. */
export async function runCommandLine(
  args: readonly string[],
  { env, stdin, stdout, stderr, interrupt, local }: CommandLineOptions,
): Promise<number> {
  let exitCode = 0;
  let isJson = wantsJson(args);
  const output = createOutput({ stdout, stderr, isJson: () => isJson });
  let client: ServerClient | undefined;
  const server = () => {
    client ??= createServerClient(readServerAddress(env));
    return client;
  };
  const answerNo = () => {
    exitCode = 1;
  };
  const confirming = (isYes: boolean) => createConfirm({ stdin, stderr }, isYes);
  const program = createProgram({ server, output, interrupt, answerNo, confirming, env, local });
  program.hook("preAction", (_program, command) => {
    isJson = command.optsWithGlobals().json === true;
  });
  const streams = [stdout, stderr];
  const broken = new Promise<never>((_, reject) => {
    for (const stream of streams) stream.on("error", reject);
  });
  try {
    await Promise.race([broken, program.parseAsync(args, { from: "user" })]);
    await Promise.race([broken, flush(streams)]);
    return exitCode;
  } catch (error) {
    if (isReaderGone(error)) return 0;
    const isHelp = error instanceof CommanderError && error.exitCode === 0;
    if (!isHelp && (isJson || !(error instanceof CommanderError))) {
      await output.fault(faultOf(error));
    }
    await flush(streams);
    if (isHelp) return 0;
    return error instanceof CommanderError ? NOT_UNDERSTOOD : 1;
  }
}

/** A guess before the rest is understood, so that what is wrong with that is told as JSON too. */
export function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end === -1 ? undefined : end).includes("--json");
}

/** Whoever reads the pipe has seen enough: `tracker commits … | head`. */
function isReaderGone(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === "EPIPE";
}

async function flush(streams: readonly NodeJS.WriteStream[]): Promise<void> {
  await Promise.all(
    streams.map((stream) => new Promise<void>((done) => void stream.write("", () => done()))),
  );
}
