import { CommanderError } from "@commander-js/extra-typings";
import { ConfigError } from "../config/env.js";
import { isTrackerError } from "../domain/errors.js";
import { adviceFor, ServerError } from "./client/server-error.js";
import type { Fault } from "./terminal/output.js";

/** What went wrong, for the person who asked. */
export function faultOf(error: unknown): Fault {
  if (error instanceof ServerError) {
    return { message: error.message, code: error.code, advice: adviceFor(error) };
  }
  if (error instanceof CommanderError) return usageFault(error);
  if (isTrackerError(error)) return { message: error.message, code: error.code, advice: null };
  if (error instanceof ConfigError) {
    return { message: error.faults.join("; "), code: null, advice: null };
  }
  if (!(error instanceof Error)) return { message: String(error), code: null, advice: null };
  if (error.name === "AbortError") {
    return { message: "It was told to end before it was done.", code: null, advice: null };
  }
  const { code, syscall } = error as NodeJS.ErrnoException;
  // The system's own words say all: a disk that is full, a file that may not be written.
  if (code !== undefined && syscall !== undefined) {
    return { message: error.message, code, advice: null };
  }
  return { message: error.stack ?? error.message, code: null, advice: null };
}

/** Where help was shown instead of an error, a command was left out. */
function usageFault({ code, message }: CommanderError): Fault {
  const isLeftOut = code === "commander.help";
  return {
    message: isLeftOut ? "A command is missing." : message.replace(/^error: /, ""),
    code: "BAD_USER_INPUT",
    advice: "`tracker --help` names the commands, `tracker help COMMAND` what one takes.",
  };
}
