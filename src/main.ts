#!/usr/bin/env node
import type { Logger } from "pino";
import { createApp } from "./app/app.js";
import { banner } from "./app/banner.js";
import { applyMigrations } from "./app/migrate-command.js";
import { createServerClient } from "./cli/server-client.js";
import { verify } from "./cli/verify-command.js";
import { createConfig } from "./config/config.js";
import { ConfigError, readEnv } from "./config/env.js";
import { isTrackerError } from "./domain/errors.js";
import { createLogger } from "./telemetry/logger.js";

/** Told to end, a process has five seconds; what is left then is cut off. */
const STOP_MS_MAX = 4_800;

async function main([command, ...args]: readonly string[]): Promise<number> {
  if (command === "verify") return await verify(args, createServerClient(process.env));
  const config = createConfig(readEnv(process.env));
  const logger = createLogger({ level: config.logLevel });
  const stopping = stopOnSignal(logger);
  process.on("uncaughtException", (err) => {
    logger.fatal({ err }, "unexpected failure, ending");
    process.exit(1);
  });
  if (command === "migrate") {
    const names = await applyMigrations(config, { logger, signal: stopping.signal });
    process.stdout.write(
      names.length === 0 ? "nothing to apply\n" : `applied ${names.join(", ")}\n`,
    );
  } else if (command === undefined) {
    const app = await createApp(config, { logger, signal: stopping.signal });
    process.stdout.write(banner(app));
    await stopping.told;
    await app.stop();
    logger.info("stopped");
  } else {
    throw new ConfigError(["unknown command; there are: migrate, verify [REPOSITORY] [--deep]"]);
  }
  return 0;
}

function stopOnSignal(logger: Logger): { signal: AbortSignal; told: Promise<void> } {
  const controller = new AbortController();
  const told = new Promise<void>((resolve) => {
    const stop = (name: string) => {
      if (controller.signal.aborted) return; // a terminal's Ctrl-C can arrive twice, through npm too
      logger.info({ signal: name }, "stopping");
      controller.abort();
      setTimeout(() => process.exit(1), STOP_MS_MAX).unref();
      resolve();
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });
  return { signal: controller.signal, told };
}

/** What went wrong, for the person who started it: one line for each fault. */
function describe(error: unknown): string {
  if (error instanceof ConfigError) return error.faults.join("\n");
  if (isTrackerError(error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  const wasStopped = error instanceof Error && error.name === "AbortError";
  if (!wasStopped) process.stderr.write(`${describe(error)}\n`);
  process.exit(wasStopped ? 0 : 1);
}
