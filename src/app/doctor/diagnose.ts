import type { Finding } from "../../cli/finding.js";
import { createConfig } from "../../config/config.js";
import { ConfigError, type Env, readEnv, readPartialEnv } from "../../config/env.js";
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
  const { env: read, faults } = readPartialEnv(env);
  const remedy = "It counts as unset in what follows.";
  for (const message of faults) yield { level: "FAIL", subject: "configuration", message, remedy };
  const config = createConfig(read);
  if (faults.length === 0) yield configurationFinding(env, read);
  const { DATABASE_URL: databaseUrl, DATABASE_REPLICA_URLS: replicaUrls, RABBITMQ_URL } = read;
  if (databaseUrl !== undefined) yield* databaseFindings({ databaseUrl, replicaUrls });
  if (RABBITMQ_URL !== undefined) yield* brokerFindings({ rabbitmqUrl: RABBITMQ_URL });
  const { profile } = config;
  const isEmbedded = databaseUrl === undefined && RABBITMQ_URL === undefined;
  if (isEmbedded && profile.kind === "embedded") yield* embeddedFindings(profile);
  yield* tokenFindings(config, { pausedUntil: gitHubPausedUntil, signal });
}

/** What a process with all the roles of `ROLES` would lack; commands beside it need less. */
function configurationFinding(source: NodeJS.ProcessEnv, read: Env): Finding {
  const subject = "configuration";
  const isDistributed = read.DATABASE_URL !== undefined || read.RABBITMQ_URL !== undefined;
  const message = `${isDistributed ? "distributed" : "embedded"} profile`;
  try {
    readEnv(source);
    return { level: "ok", subject, message };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const remedy = `To start one here with ROLES=${read.ROLES.join(",")}: ${error.faults.join("; ")}.`;
    return { level: "warn", subject, message, remedy };
  }
}
