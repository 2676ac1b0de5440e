import { withoutSecrets } from "../../domain/address.js";
import type { ShownState } from "../../domain/repository.js";
import { count } from "../terminal/terminal-text.js";
import type { ServerClient } from "./server-client.js";
import { ServerError } from "./server-error.js";

/** A repository as the commands show it. */
export interface Repository {
  readonly id: string;
  readonly nameWithOwner: string;
  readonly state: ShownState;
  readonly commitCount: number;
  readonly headOid: string | null;
  readonly lastError: string | null;
}

export const REPOSITORY_FIELDS = "id nameWithOwner state commitCount headOid lastError";

/** By id or by name; former names find it too. Rejects with `NOT_FOUND` saying what is not tracked. */
export async function requireRepository<Found = Repository>(
  server: ServerClient,
  ref: string,
  fields = REPOSITORY_FIELDS,
): Promise<Found> {
  const { repository } = await server.ask<{ repository: Found | null }>(
    `query ($id: ID, $name: String) { repository(id: $id, nameWithOwner: $name) { ${fields} } }`,
    ref.includes("/") ? { name: ref } : { id: ref },
  );
  if (repository !== null) return repository;
  throw new ServerError(
    "NOT_FOUND",
    `No repository ${JSON.stringify(withoutSecrets(ref))} is tracked there.`,
  );
}

/** One line about it. */
export function describeRepository({
  nameWithOwner,
  state,
  commitCount,
  lastError,
}: Repository): string {
  const facts = [
    state,
    `${count(commitCount)} commits`,
    ...(lastError === null ? [] : [lastError]),
  ];
  return `${nameWithOwner}  ${facts.join("  ")}`;
}
