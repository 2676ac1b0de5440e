#!/usr/bin/env node
import { boundHeapGrowth } from "./app/heap-growth.js";
import { runCommandLine, wantsJson } from "./cli/command-line.js";
import type { Finding } from "./cli/finding.js";
import type { KeyTasks, LocalTasks } from "./cli/tools.js";
import { ConfigError, readDatabaseEnv, readEnv, readTracingEnv } from "./config/env.js";
import { requireGivenKey } from "./config/given-key.js";
import { isTrackerError } from "./domain/errors.js";

/** Told to end, a process has five seconds; what is left then is cut off. */
const STOP_MS_MAX = 4_800;
const LATE = "It did not end in time and was cut off; the next start goes on from there.";

/** Without a command: the roles, until told to stop. What they stand on is loaded for them alone. */
async function serve(): Promise<number> {
  boundHeapGrowth();
  const [{ createApp }, { banner }, { createConfig }, { createLogger }] = await Promise.all([
    import("./app/app.js"),
    import("./app/banner.js"),
    import("./config/config.js"),
    import("./telemetry/logger.js"),
  ]);
  const isTerminal = process.stdout.isTTY === true;
  const config = createConfig(readEnv(process.env), { isTerminal });
  const logger = createLogger({ level: config.logLevel });
  const stopping = onSignal((signal) => logger.info({ signal }, "stopping"));
  process.on("uncaughtException", (err) => {
    logger.fatal({ err }, "unexpected failure, ending");
    process.exit(1);
  });
  const onLost = (error: Error) => {
    process.stderr.write(`${describe(error)}\n`);
    process.exit(1);
  };
  try {
    const app = await createApp(config, { logger, signal: stopping.signal, onLost });
    if (isTerminal) process.stdout.write(banner(app)); // elsewhere it would stand among JSON lines
    await stopping.told;
    await app.stop();
  } catch (err) {
    if (!stopping.signal.aborted) throw err;
    logger.debug({ err }, "told to end, the start failed"); // whatever was cut off says so its own way
  }
  logger.info("stopped");
  return 0;
}

/** Applies the migrations to the database of this process's configuration. */
async function migrate(signal: AbortSignal): Promise<readonly string[]> {
  const { applyMigrations } = await import("./app/migrate-command.js");
  return await applyMigrations(...(await databaseOfTracker(signal)));
}

/** Has what is derived from the commits made again, in the same database. */
async function rebuild(names: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
  const { rebuild: rebuildAll } = await import("./app/rebuild-command.js");
  return await rebuildAll(...(await databaseOfTracker(signal)), names);
}

/** Has the feed of the same database go on behind what it gave out before a restore. */
async function declareRestored(signal: AbortSignal) {
  const { declareRestored: declare } = await import("./app/restored-command.js");
  return await declare(...(await databaseOfTracker(signal)));
}

/** Looks at what this process's configuration names. */
async function* diagnose(
  options: { gitHubPausedUntil: Date | null },
  signal: AbortSignal,
): AsyncGenerator<Finding, void, undefined> {
  const { diagnose: diagnoseAll } = await import("./app/doctor/diagnose.js");
  const { env, version: nodeVersion } = process;
  yield* diagnoseAll({ ...options, env, nodeVersion, signal });
}

/** The API's keys in the database of this process's configuration. */
async function keys(signal: AbortSignal): Promise<KeyTasks> {
  const { createKeyTasks } = await import("./app/key-tasks.js");
  const [place, options] = await databaseOfTracker(signal);
  return createKeyTasks(place, { ...options, givenSecret: () => requireGivenKey(process.env) });
}

/** Where a tracker of this environment has its database, and how a command is to work on it. */
async function databaseOfTracker(signal: AbortSignal) {
  const [{ databasePlace }, { createLogger }] = await Promise.all([
    import("./config/config.js"),
    import("./telemetry/logger.js"),
  ]);
  const logger = createLogger({ level: "warn", destination: process.stderr }); // stdout is the result
  return [databasePlace(readDatabaseEnv(process.env)), { logger, signal }] as const;
}

async function command(args: readonly string[]): Promise<number> {
  const { stdin, stdout, stderr, env } = process;
  const late = wantsJson(args)
    ? JSON.stringify({ error: { message: LATE, code: "TIMEOUT", advice: null } })
    : LATE;
  let stopping: Stopping | undefined;
  const interrupt = () => {
    stopping ??= onSignal(() => {}, late);
    return stopping.signal;
  };
  const local: LocalTasks = {
    migrate: () => migrate(interrupt()),
    rebuild: (names) => rebuild(names, interrupt()),
    declareRestored: () => declareRestored(interrupt()),
    keys: () => keys(interrupt()),
    diagnose: (options) => diagnose(options, interrupt()),
  };
  const run = () => runCommandLine(args, { env, stdin, stdout, stderr, interrupt, local });
  const exitCode = await (isInTrace(env) ? traced(args, run) : run());
  await Promise.all(
    [stdout, stderr].map((stream) => new Promise((done) => stream.write("", done))),
  );
  return exitCode;
}

/** Somebody who started the command traces, or names a collector. */
function isInTrace({ TRACEPARENT, ...env }: NodeJS.ProcessEnv): boolean {
  return [
    TRACEPARENT,
    env.OTEL_EXPORTER_OTLP_ENDPOINT,
    env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
  ].some((value) => value !== undefined && value !== "");
}

async function traced(args: readonly string[], run: () => Promise<number>): Promise<number> {
  const [{ inCommandTrace }, { isTraced }, { readVersion }] = await Promise.all([
    import("./telemetry/traces/command-trace.js"),
    import("./config/config.js"),
    import("./cli/version.js"),
  ]);
  const { env } = process;
  const [first = ""] = args;
  const command = /^[a-z-]+$/.test(first) ? first : "command"; // anything may have been typed
  const options = { env, command, isOn: isTraced(readTracingEnv(env)), version: readVersion() };
  return await inCommandTrace(options, run);
}

interface Stopping {
  readonly signal: AbortSignal;
  readonly told: Promise<void>;
}

/** Who does not end in time is cut off, with `late` on stderr. */
function onSignal(tell: (name: string) => void, late = LATE): Stopping {
  const controller = new AbortController();
  const told = new Promise<void>((resolve) => {
    const stop = (name: string) => {
      if (controller.signal.aborted) return; // a terminal's Ctrl-C can arrive twice, through npm too
      tell(name);
      controller.abort();
      setTimeout(cutOff, STOP_MS_MAX, late).unref();
      resolve();
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });
  return { signal: controller.signal, told };
}

function cutOff(late: string): void {
  process.stderr.write(`${late}\n`);
  process.exit(1);
}

/** What went wrong, for the person who started it: one line for each fault. */
function describe(error: unknown): string {
  if (error instanceof ConfigError) return error.faults.join("\n");
  if (isTrackerError(error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

try {
  const args = process.argv.slice(2);
  process.exit(await (args.length === 0 ? serve() : command(args)));
} catch (error) {
  process.stderr.write(`${describe(error)}\n`);
  process.exit(1);
}
