import type { Logger } from "pino";
import { isTrackerError, TrackerError } from "../domain/errors.js";
import type { Repository } from "../domain/repository.js";
import { nameKey, parseRepositoryUrl, type RepositoryName } from "../domain/repository-name.js";
import type { Database } from "../postgres/database.js";
import type { TaskQueue } from "../queue/queue.js";
import { type AddedRow, insertRepositories } from "../store/repositories/added-repositories.js";
import { nudge, nudgeFirstChecks } from "./nudge.js";

export interface AddRepositoryDependencies {
  readonly database: Database;
  readonly queue: TaskQueue;
  /** Host of the accepted addresses: github.com, or a GitHub Enterprise Server. */
  readonly gitHubHost: string;
  readonly logger: Logger;
}

export interface AddRepositoryRequest {
  readonly url: string;
  readonly trackFrom: Date | null;
}

export interface AddedRepository {
  /** As it was before any worker could have heard of it. */
  readonly repository: Repository;
  /** False when it was tracked already, under this name, a former one or another letter case. */
  readonly created: boolean;
}

/** What became of one address, `BAD_USER_INPUT` where it names no repository. */
export type AddOutcome =
  | ({ readonly kind: "added" } & AddedRepository)
  | { readonly kind: "failed"; readonly error: TrackerError };

const ATTEMPTS_MAX = 3;

/**
 * Tracks a repository: the row first, then the task. Answers at once; whether GitHub has the
 * repository is found out by the worker. `BAD_USER_INPUT` when `url` names none; nothing is stored then.
 */
export async function addRepository(
  dependencies: AddRepositoryDependencies,
  { url, trackFrom }: AddRepositoryRequest,
): Promise<AddedRepository> {
  const [outcome] = await addRepositories(dependencies, { urls: [url], trackFrom });
  if (outcome?.kind === "added") return outcome;
  throw outcome?.error ?? new Error("nothing became of the address");
}

/**
 * The same for up to a hundred: one transaction and one check for all that are new. Answers in the
 * order of `urls`; one that names no repository is told so and keeps none of the others away.
 */
export async function addRepositories(
  dependencies: AddRepositoryDependencies,
  { urls, trackFrom }: { urls: readonly string[]; trackFrom: Date | null },
): Promise<AddOutcome[]> {
  const parsed = urls.map((url) => parse(url, dependencies.gitHubHost));
  const names = new Map<string, RepositoryName>();
  for (const one of parsed) {
    if ("owner" in one && !names.has(nameKey(one))) names.set(nameKey(one), one);
  }
  const added = await insert(dependencies.database, names, trackFrom);
  await publishChecks(dependencies, names, added);
  return parsed.map((one) => {
    if (!("owner" in one)) return { kind: "failed", error: one };
    const key = nameKey(one);
    const row = added.get(key);
    if (row === undefined) return { kind: "failed", error: removedMeanwhile(one) };
    added.set(key, { ...row, created: false }); // named a second time, it is there already
    return { kind: "added", ...row };
  });
}

function parse(url: string, host: string): RepositoryName | TrackerError {
  try {
    return parseRepositoryUrl(url, host);
  } catch (error) {
    if (isTrackerError(error)) return error;
    throw error;
  }
}

/** One that somebody removes in the same moment is added once more. */
async function insert(
  database: Database,
  names: ReadonlyMap<string, RepositoryName>,
  trackFrom: Date | null,
): Promise<Map<string, AddedRow>> {
  const added = new Map<string, AddedRow>();
  for (let attempt = 1; attempt <= ATTEMPTS_MAX && added.size < names.size; attempt += 1) {
    const wanted = [...names].filter(([key]) => !added.has(key));
    const rows = await database.transaction((tx) =>
      insertRepositories(
        tx,
        wanted.map(([, name]) => name),
        { trackFrom },
      ),
    );
    for (const [index, [key]] of wanted.entries()) {
      const row = rows[index];
      if (row) added.set(key, row);
    }
  }
  return added;
}

/** The new ones; each that was found by a former name in one of its own, to ask for its heir. */
async function publishChecks(
  dependencies: AddRepositoryDependencies,
  names: ReadonlyMap<string, RepositoryName>,
  added: ReadonlyMap<string, AddedRow>,
): Promise<void> {
  const found = [...added].map(([key, row]) => ({ key, ...row }));
  const created = found.filter((row) => row.created).map(({ repository }) => repository.id);
  const former = found.flatMap(({ key, repository }) => {
    const formerName = nameKey(repository) === key ? undefined : names.get(key);
    return formerName === undefined ? [] : [{ repositoryIds: [repository.id], formerName }];
  });
  await nudgeFirstChecks(dependencies, created);
  for (const task of former) await nudge(dependencies, "check", task);
}

function removedMeanwhile({ owner, name }: RepositoryName): TrackerError {
  return new TrackerError("NOT_FOUND", `${owner}/${name} was removed in the same moment.`, {
    field: "url",
  });
}
