import { isApiSecret } from "../domain/api-key.js";
import { ConfigError } from "./env.js";
import { readVariableFiles, type Source } from "./variable-files.js";

/** What an HTTP header can carry; anything else would be shown by the error that it causes. */
const KEY_SHAPE = /^[\x21-\x7e]+$/;

/** The key in `TRACKER_API_KEY` or its file; undefined: none is given. Throws `ConfigError`. */
export function readGivenKey(env: Source): string | undefined {
  const { values, faults } = readVariableFiles(env, ["TRACKER_API_KEY"]);
  if (faults.length > 0) throw new ConfigError(faults);
  const key = values.TRACKER_API_KEY || undefined;
  if (key !== undefined && !KEY_SHAPE.test(key)) {
    throw new ConfigError(["TRACKER_API_KEY has characters that no key has"]);
  }
  return key;
}

/** The same for whoever registers it: it has the form of those that are made here. */
export function requireGivenKey(env: Source): string {
  const key = readGivenKey(env);
  if (key !== undefined && isApiSecret(key)) return key;
  const form = "ghct_ and 40 hexadecimal digits in lower case";
  throw new ConfigError([
    key === undefined
      ? `TRACKER_API_KEY or TRACKER_API_KEY_FILE must be set to the key: ${form}`
      : `TRACKER_API_KEY must be ${form}`,
  ]);
}
