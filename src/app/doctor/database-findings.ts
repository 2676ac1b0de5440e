import type { Finding } from "../../cli/finding.js";
import { type DatabaseFacts, inspectDatabase } from "../../postgres/inspect-database.js";
import type { MigrationHistory } from "../../postgres/migration-history.js";
import { placeOf, reasonOf } from "./reason.js";

const LAG_SECONDS_MAX = 10;

/** The primary with its migrations, and each replica. */
export async function* databaseFindings({
  databaseUrl,
  replicaUrls,
}: {
  databaseUrl: string;
  replicaUrls: readonly string[];
}): AsyncGenerator<Finding, void, undefined> {
  const primary = await inspect(databaseUrl, "database", "DATABASE_URL");
  yield primary.finding;
  if (primary.facts !== null) yield* primaryFindings(primary.facts);
  for (const [index, url] of replicaUrls.entries()) {
    const subject = `replica ${index + 1}`;
    const replica = await inspect(url, subject, "DATABASE_REPLICA_URLS");
    yield replica.facts === null ? replica.finding : replicaFinding(replica, subject);
  }
}

interface Inspected {
  readonly finding: Finding;
  readonly facts: DatabaseFacts | null;
}

async function inspect(url: string, subject: string, variable: string): Promise<Inspected> {
  try {
    const facts = await inspectDatabase(url);
    const message = `PostgreSQL ${facts.version} at ${placeOf(url)}`;
    return { facts, finding: { level: "ok", subject, message } };
  } catch (error) {
    const message = `${placeOf(url)} does not answer: ${reasonOf(error, url)}`;
    const remedy = `Check that it runs and that ${variable} is right.`;
    return { facts: null, finding: { level: "FAIL", subject, message, remedy } };
  }
}

function* primaryFindings({
  isReplica,
  migrations,
}: DatabaseFacts): Generator<Finding, void, undefined> {
  if (isReplica) {
    const message = "DATABASE_URL leads to a replica, which cannot be written";
    yield { level: "FAIL", subject: "database", message, remedy: "Name the primary there." };
  }
  yield* migrationFindings(migrations);
}

export function* migrationFindings({
  pending,
  fault,
}: MigrationHistory): Generator<Finding, void, undefined> {
  const subject = "migrations";
  if (fault !== null) return yield { level: "FAIL", subject, ...fault };
  if (pending.length === 0) return yield { level: "ok", subject, message: "all applied" };
  const names = pending.map(({ name }) => name).join(", ");
  const message = `to be applied: ${pending.length} (${names})`;
  yield {
    level: "warn",
    subject,
    message,
    remedy: "The next start does it, or `tracker migrate`.",
  };
}

function replicaFinding({ finding, facts }: Inspected, subject: string): Finding {
  const { message } = finding;
  if (facts?.isReplica !== true) {
    const remedy = "Only a replica of DATABASE_URL has its data.";
    return { level: "warn", subject, message: `${message} is no replica`, remedy };
  }
  const seconds = Math.round(facts.lagSeconds ?? 0);
  if (seconds <= LAG_SECONDS_MAX) return { ...finding, message: `${message}, ${seconds} s behind` };
  const remedy = "Reads go elsewhere until it has caught up; see its log, and its primary's.";
  return { level: "warn", subject, message: `${message} is ${seconds} s behind`, remedy };
}
