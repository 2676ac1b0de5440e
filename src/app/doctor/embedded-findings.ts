import { access, constants, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Finding } from "../../cli/finding.js";
import { type EmbeddedFacts, inspectEmbedded } from "../../postgres/embedded/inspect-embedded.js";
import { inspectDatabase } from "../../postgres/inspect-database.js";
import { migrationFindings } from "./database-findings.js";
import { reasonOf } from "./reason.js";

/** Whether the embedded parts can work here, and how those do that run: PostgreSQL, and the folder of its data. */
export async function* embeddedFindings({
  dataDir,
}: {
  dataDir: string;
}): AsyncGenerator<Finding, void, undefined> {
  const folder = resolve(dataDir);
  try {
    await requireWritable(folder);
    yield { level: "ok", subject: "data folder", message: folder };
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const message = `${folder} cannot be written (${code})`;
    const remedy = "Choose another with DATA_DIR.";
    yield { level: "FAIL", subject: "data folder", message, remedy };
  }
  try {
    const facts = await inspectEmbedded(dataDir);
    yield serverFinding(facts, folder);
    if (facts.url !== null) yield* answerFindings(facts.url);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    yield { level: "FAIL", subject: "database", message };
  }
}

function serverFinding({ binaries, isMade, isOwned, url }: EmbeddedFacts, folder: string): Finding {
  const subject = "database";
  if (url !== null && isOwned) {
    return { level: "ok", subject, message: "embedded: runs, and so does its tracker" };
  }
  if (url !== null) {
    const message = "embedded: runs without its tracker, which was killed";
    return { level: "warn", subject, message, remedy: "The next start takes it over." };
  }
  if (isOwned) {
    const message = "embedded: does not answer, though its tracker runs";
    const remedy = `It is started again, or its tracker ends; see ${folder}/postgres.log.`;
    return { level: "FAIL", subject, message, remedy };
  }
  const state = isMade ? "does not run" : "to be made by the first start";
  return { level: "ok", subject, message: `embedded: ${state} (${binaries.postgres})` };
}

async function* answerFindings(url: string): AsyncGenerator<Finding, void, undefined> {
  try {
    const { version, migrations } = await inspectDatabase(url);
    yield { level: "ok", subject: "database", message: `PostgreSQL ${version}` };
    yield* migrationFindings(migrations);
  } catch (error) {
    const message = `embedded: does not answer: ${reasonOf(error, url)}`;
    yield { level: "FAIL", subject: "database", message };
  }
}

/** The folder, or the one in which it would be made. */
async function requireWritable(folder: string): Promise<void> {
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    if (!(await stat(folder)).isDirectory()) throw Object.assign(new Error(), { code: "ENOTDIR" });
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (!isMissing || dirname(folder) === folder) throw error;
    await requireWritable(dirname(folder));
  }
}
