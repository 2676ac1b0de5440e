import { CommitNode } from "./commit-node.js";
import { toDateTime } from "./commit-object.js";
import { FieldError, nodeNotFound, repositoryNotFound, tooManyIds } from "./github-error.js";
import { parseNodeId } from "./node-id.js";
import type { QueryContext, Resolver, Resolvers } from "./query-context.js";
import type { Refusal, StandInRepository } from "./repository-directory.js";
import { isVisibleTo, nameWithOwner } from "./repository-directory.js";
import type { RepositoryNode } from "./repository-node.js";

const IDS_MAX = 100;

interface RepositoryArgs {
  readonly owner: string;
  readonly name: string;
  readonly followRenames?: boolean | null;
}

const repository: Resolver<unknown, RepositoryArgs> = (_source, args, context) => {
  const name = nameWithOwner(args);
  const found = context.directory.findByName(name, args.followRenames !== false);
  return show(found, context) ?? throwing(repositoryNotFound(name));
};

const node: Resolver<unknown, { readonly id: string }> = (_source, { id }, context) =>
  findNode(id, context);

/** A dead id is null at its place, with an error beside it; the others answer. */
const nodes: Resolver<unknown, { readonly ids: readonly string[] }> = (_source, args, context) => {
  if (args.ids.length > IDS_MAX) throw tooManyIds(args.ids.length);
  return args.ids.map(async (id) => findNode(id, context));
};

async function findNode(id: string, context: QueryContext): Promise<RepositoryNode | CommitNode> {
  const key = parseNodeId(id);
  const databaseId = key?.type === "Repository" ? key.databaseId : key?.repositoryDatabaseId;
  const found = show(context.directory.findById(databaseId ?? -1), context);
  if (key === null || found === null) throw nodeNotFound(id);
  if (key.type === "Repository") return found;
  context.gitRepositoriesRead.add(key.repositoryDatabaseId);
  const object = await context.git.readObject(found.repository.gitDir, key.oid);
  if (object?.type !== "commit") throw nodeNotFound(id);
  return new CommitNode(found.repository, key.oid);
}

/** Null for what the asking user may not know of; throws where GitHub says why it refuses. */
function show(found: StandInRepository | null, context: QueryContext): RepositoryNode | null {
  if (found === null || !isVisibleTo(found, context.viewer.login)) return null;
  context.repositoriesRead.add(found.databaseId);
  if (found.refusal !== null) throw refusalError(found.refusal, found.owner);
  return { __typename: "Repository", repository: found };
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

function throwing(error: Error): never {
  throw error;
}

export const queryResolvers: Resolvers = {
  repository,
  node,
  nodes,
  viewer: (_source: unknown, _args, { viewer }) => ({
    __typename: "User",
    login: viewer.login,
    databaseId: viewer.databaseId,
  }),
  rateLimit: (_source: unknown, _args, { rateLimit }) => ({
    ...rateLimit,
    resetAt: toDateTime(rateLimit.resetAtMs),
  }),
};
