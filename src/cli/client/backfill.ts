import { REPOSITORY_FIELDS, type Repository } from "./repository.js";
import type { ServerClient } from "./server-client.js";

/** A repository on its way to its first complete history. */
export interface Backfill extends Repository {
  readonly completeness: { readonly expectedCount: number | null };
  /** Null before its first check, and once it is complete. */
  readonly backfill: {
    readonly transport: "API" | "GIT";
    readonly receivedBytes: number | null;
    readonly secondsLeft: number | null;
  } | null;
}

const BATCH_SIZE = 20; // an operation may have thirty aliases

/** As they are now, in the order of the ids; those that were removed are left out. */
export async function readBackfills(
  server: ServerClient,
  ids: readonly string[],
): Promise<Backfill[]> {
  const found: Backfill[] = [];
  for (let start = 0; start < ids.length; start += BATCH_SIZE) {
    const batch = ids.slice(start, start + BATCH_SIZE);
    const fields = `${REPOSITORY_FIELDS} completeness { expectedCount } backfill { transport receivedBytes secondsLeft }`;
    const variables = batch.map((_, index) => `$id${index}: ID!`).join(", ");
    const aliases = batch.map((_, index) => `r${index}: repository(id: $id${index}) { ${fields} }`);
    const answer = await server.ask<Record<string, Backfill | null>>(
      `query (${variables}) { ${aliases.join(" ")} }`,
      Object.fromEntries(batch.map((id, index) => [`id${index}`, id])),
    );
    found.push(...Object.values(answer).filter((repository) => repository !== null));
  }
  return found;
}

/** Whether waiting longer brings nothing; a head is complete only in the first two states. */
export function isSettled({ state }: Repository): boolean {
  return state !== "PENDING" && state !== "BACKFILLING";
}

export function isComplete({ state }: Repository): boolean {
  return state === "ACTIVE" || state === "EMPTY";
}
