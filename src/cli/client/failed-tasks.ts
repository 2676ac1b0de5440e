import { PAGE_INFO, type Page, readPages } from "./pages.js";
import { requireRepository } from "./repository.js";
import type { ServerClient } from "./server-client.js";
import { ServerError } from "./server-error.js";

/** Work that was given up. */
export interface FailedTask {
  readonly id: string;
  readonly repository: { readonly id: string; readonly nameWithOwner: string };
  readonly attempts: number;
  readonly lastError: string | null;
  readonly lastFailedAt: string | null;
  readonly nextAttemptAt: string | null;
}

const FAILED = `query ($first: Int!, $after: String) {
  failedTasks(first: $first, after: $after) {
    nodes {
      id repository { id nameWithOwner } attempts firstError firstFailedAt lastError lastFailedAt
      nextAttemptAt kind code batchSize page requestId deliveries
    }
    ${PAGE_INFO}
  }
}`;

export async function readFailedTasks(
  server: ServerClient,
  place: { first: number; after: string | null },
): Promise<Page<FailedTask>> {
  return (await server.ask<{ failedTasks: Page<FailedTask> }>(FAILED, place)).failedTasks;
}

/** The given-up work of a repository, or `NOT_FOUND` saying that there is none. */
export async function requireFailedTask(server: ServerClient, ref: string): Promise<FailedTask> {
  const { id, nameWithOwner } = await requireRepository(server, ref);
  for await (const tasks of readPages((place) => readFailedTasks(server, place))) {
    const found = tasks.find(({ repository }) => repository.id === id);
    if (found !== undefined) return found;
  }
  const message = `Nothing of ${nameWithOwner} was given up; \`tracker failed\` lists what was.`;
  throw new ServerError("NOT_FOUND", message);
}
