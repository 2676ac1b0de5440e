import { ConfigError } from "../config/env.js";
import { isTrackerError } from "../domain/errors.js";
import { adviceFor, ServerError } from "./client/server-error.js";
import type { Fault } from "./terminal/output.js";

/** What went wrong, for the person who asked. */
export function faultOf(error: unknown): Fault {
  if (error instanceof ServerError) {
    return { message: error.message, code: error.code, advice: adviceFor(error) };
  }
  if (isTrackerError(error)) return { message: error.message, code: error.code, advice: null };
  if (error instanceof ConfigError) {
    return { message: error.faults.join("; "), code: null, advice: null };
  }
  if (error instanceof Error && error.name === "AbortError") {
    return { message: "It was told to end before it was done.", code: null, advice: null };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { message, code: null, advice: null };
}
