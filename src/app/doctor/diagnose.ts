import type { Finding } from "../../cli/finding.js";
import { createConfig } from "../../config/config.js";
import { ConfigError, type Env, readEnv } from "../../config/env.js";
import { brokerFindings } from "./broker-findings.js";
import { databaseFindings } from "./database-findings.js";
import { embeddedFindings } from "./embedded-findings.js";
import { nodeFinding } from "./node-finding.js";
import { tokenFindings } from "./token-findings.js";

export interface DiagnoseOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Of this process, like `v20.19.0`. */
  readonly nodeVersion: string;
  /** GitHub told a running tracker to wait: it is asked nothing then. */
  readonly gitHubPausedUntil: Date | null;
  readonly signal: AbortSignal;
}

/** `tracker doctor`: everything that this machine's configuration names, looked at and left as it is. */
export async function* diagnose({
  env,
  nodeVersion,
  gitHubPausedUntil,
  signal,
}: DiagnoseOptions): AsyncGenerator<Finding, void, undefined> {
  yield await nodeFinding(nodeVersion);
  const read = readConfiguration(env);
  if (Array.isArray(read)) return yield* read;
  const config = createConfig(read);
  const { profile } = config;
  yield { level: "ok", subject: "configuration", message: `${profile.kind} profile` };
  if (profile.kind === "embedded") {
    yield* embeddedFindings(profile);
  } else {
    yield* databaseFindings(profile);
    yield* brokerFindings(profile);
  }
  yield* tokenFindings(config, { pausedUntil: gitHubPausedUntil, signal });
}

function readConfiguration(env: NodeJS.ProcessEnv): Env | Finding[] {
  try {
    return readEnv(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map((message) => ({
      ...{ level: "FAIL", subject: "configuration", message },
      remedy: "Nothing that it names was checked.",
    }));
  }
}
