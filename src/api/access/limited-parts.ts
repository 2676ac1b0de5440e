import { TrackerError } from "../../domain/errors.js";
import type { Repository } from "../../domain/repository.js";
import { parseRepositoryUrl, type RepositoryName } from "../../domain/repository-name.js";
import { isOwnerVisible, isVisible, type RepositoryScope } from "../../domain/repository-scope.js";
import type { AddOutcome } from "../../tracking/add-repository.js";
import type { ApiParts } from "../execution/operation-api.js";
import { limitedChanges } from "./limited-changes.js";

/**
 * What does nothing but to a repository that was looked up before, or is about none. Whatever else there
 * is has to be limited below: a new part is one or the other.
 */
type Harmless =
  | ("resetCommits" | "pauseRepository" | "resumeRepository" | "retryTask" | "discardTask")
  | ("requestCheck" | "watch" | "verifyRepository" | "removeRepository")
  | ("exampleRepository" | "gitHubWebUrl" | "logger" | "metrics" | "latestSequence")
  // Limited where they are used: by its readers, by the filters that it is given.
  | ("database" | "reader");

type LimitedParts = Omit<ApiParts, Harmless>;

/** What a caller has whose key is limited: nothing comes in, and nothing is told, of what it may not see. */
export function limitedParts(parts: ApiParts, scope: RepositoryScope): LimitedParts {
  const host = new URL(parts.gitHubWebUrl).host;
  const isOutside = (url: string) => {
    const name = nameIn(url, host);
    return name !== null && !isVisible(scope, name);
  };
  return {
    async addRepository(request) {
      if (isOutside(request.url)) throw outside("url");
      const added = await parts.addRepository(request);
      return requireVisible(scope, added.repository, added);
    },
    async addRepositories({ urls, trackFrom }) {
      const wanted = urls.filter((url) => !isOutside(url));
      const outcomes = (await parts.addRepositories({ urls: wanted, trackFrom })).values();
      return urls.map((url): AddOutcome => {
        const outcome = isOutside(url) ? undefined : outcomes.next().value;
        if (outcome === undefined) return { kind: "failed", error: outside("urls") };
        if (outcome.kind === "failed" || isVisible(scope, outcome.repository)) return outcome;
        return { kind: "failed", error: leadsElsewhere() };
      });
    },
    async addOwner(request) {
      if (!isOwnerVisible(scope, request.login)) throw outside("login");
      const listing = await parts.addOwner(request);
      if (!isOwnerVisible(scope, listing.login)) throw outside("login");
      return listing;
    },
    async readSystem() {
      return { ...(await parts.readSystem()), parts: [], queues: [], replicas: [] };
    },
    apiKeys: {
      list: () => Promise.reject(limitedKey()),
      revoke: () => Promise.reject(limitedKey()),
    },
    repositoryChanges: limitedChanges(parts.repositoryChanges, scope),
  };
}

/** Null where it names none, which the command says better. */
function nameIn(url: string, host: string): RepositoryName | null {
  try {
    return parseRepositoryUrl(url, host);
  } catch {
    return null;
  }
}

function requireVisible<T>(scope: RepositoryScope, repository: Repository, value: T): T {
  if (isVisible(scope, repository)) return value;
  throw leadsElsewhere();
}

/** Said of a name alone, whether there is such a repository or not. */
function outside(field: string): TrackerError {
  return new TrackerError("FORBIDDEN", "This key is limited to other repositories and owners.", {
    field,
  });
}

function limitedKey(): TrackerError {
  return new TrackerError("FORBIDDEN", "This key is limited to some repositories; keys are not.");
}

/** A former name, of a repository that has gone elsewhere. */
function leadsElsewhere(): TrackerError {
  const message = "This name does not lead to a repository that this key may see.";
  return new TrackerError("NOT_FOUND", message, { field: "url" });
}
