import { isVisibleTo, type Refusal, type StandInRepository } from "../repository-directory.js";
import { FieldError } from "./github-error.js";
import type { QueryContext } from "./query-context.js";
import type { RepositoryNode } from "./repository-node.js";

/** Null for what the asking user may not know of; throws where GitHub says why it refuses. */
export function showRepository(
  found: StandInRepository | null,
  context: QueryContext,
): RepositoryNode | null {
  if (found === null || !isVisibleTo(found, context.viewer.login)) return null;
  context.read.repositories.add(found.databaseId);
  if (found.refusal !== null) throw refusalError(found.refusal, found.owner);
  return { __typename: "Repository", repository: context.isStale ? beforeLastPush(found) : found };
}

function beforeLastPush(repository: StandInRepository): StandInRepository {
  const missedPush = repository.beforeLastPush;
  return missedPush === null
    ? repository
    : { ...repository, pushedAt: missedPush.pushedAt, missedPush };
}

function refusalError(refusal: Refusal, owner: string): FieldError {
  switch (refusal) {
    case "saml":
      return new FieldError(
        "FORBIDDEN",
        "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.",
        { saml_failure: true },
      );
    case "classic-pat":
      return new FieldError(
        "FORBIDDEN",
        `\`${owner}\` forbids access via a personal access token (classic). Please use a GitHub App, OAuth App, or a personal access token with fine-grained permissions.`,
        { saml_failure: false },
      );
    case "ip-allow-list":
      return new FieldError(
        "FORBIDDEN",
        `Although you appear to have the correct authorization credentials, the \`${owner}\` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.`,
      );
    case "token-permission":
      return new FieldError("FORBIDDEN", "Resource not accessible by personal access token");
  }
}
