import type { Finding } from "../../cli/finding.js";
import { createConfig } from "../../config/config.js";
import { type PartialEnv, readPartialEnv } from "../../config/env.js";
import { brokerFindings } from "./broker-findings.js";
import { databaseFindings } from "./database-findings.js";
import { embeddedFindings } from "./embedded-findings.js";
import { gitFindings } from "./git-findings.js";
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
  const partial = readPartialEnv(env);
  const { env: read, faults } = partial;
  const remedy = "It counts as unset in what follows.";
  for (const message of faults) yield { level: "FAIL", subject: "configuration", message, remedy };
  const config = createConfig(read);
  if (faults.length === 0) yield configurationFinding(partial);
  const { DATABASE_URL: databaseUrl, DATABASE_REPLICA_URLS: replicaUrls, RABBITMQ_URL } = read;
  if (databaseUrl !== undefined) yield* databaseFindings({ databaseUrl, replicaUrls });
  if (RABBITMQ_URL !== undefined) yield* brokerFindings({ rabbitmqUrl: RABBITMQ_URL });
  const { profile } = config;
  if (!isDistributed(read) && profile.kind === "embedded") yield* embeddedFindings(profile);
  if (config.gitHub.tokens.length === 0) return yield tokensMissing(partial);
  yield* tokenFindings(config, { pausedUntil: gitHubPausedUntil, signal });
  const isAsked = gitHubPausedUntil === null;
  if (read.ROLES.includes("worker")) yield* gitFindings(config, { isAsked, signal });
}

/** What a process with all the roles of `ROLES` would lack; commands beside it need less. */
function configurationFinding({ env, startFaults }: PartialEnv): Finding {
  const subject = "configuration";
  const message = `${isDistributed(env) ? "distributed" : "embedded"} profile`;
  if (startFaults.length === 0) return { level: "ok", subject, message };
  const remedy = `To start one here with ROLES=${env.ROLES.join(",")}: ${startFaults.join("; ")}.`;
  return { level: "warn", subject, message, remedy };
}

function tokensMissing({ env, faults, startFaults }: PartialEnv): Finding {
  const facts = { level: "warn", subject: "github", message: "no GITHUB_TOKENS" } as const;
  if (isDistributed(env)) return { ...facts, remedy: "Only workers need them." };
  const needed = startFaults.find((fault) => fault.startsWith("GITHUB_TOKENS "));
  if (needed !== undefined) return { ...facts, remedy: `${needed}.` };
  const isRight = faults.length === 0 && startFaults.length === 0;
  const when = isRight ? "" : ", once the configuration is right";
  return { ...facts, remedy: `\`npm start\` runs the demo${when}.` };
}

/** Or half of it. */
function isDistributed({ DATABASE_URL, RABBITMQ_URL }: PartialEnv["env"]): boolean {
  return DATABASE_URL !== undefined || RABBITMQ_URL !== undefined;
}
