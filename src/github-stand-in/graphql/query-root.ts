import { toDateTime } from "../git/stand-in-commit.js";
import { nameWithOwner } from "../repository-directory.js";
import { CommitNode } from "./commit-node.js";
import { nodeNotFound, repositoryNotFound, tooManyIds } from "./github-error.js";
import { parseNodeId } from "./node-id.js";
import type { QueryContext, Resolver, Resolvers } from "./query-context.js";
import type { RepositoryNode } from "./repository-node.js";
import { findOwner } from "./repository-owner.js";
import { showRepository } from "./repository-sight.js";

const IDS_MAX = 100;

interface RepositoryArgs {
  readonly owner: string;
  readonly name: string;
  readonly followRenames?: boolean | null;
}

const repository: Resolver<unknown, RepositoryArgs> = (_source, args, context) => {
  const name = nameWithOwner(args);
  const found = context.directory.findByName(name, args.followRenames !== false);
  return showRepository(found, context) ?? throwing(repositoryNotFound(name));
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
  const found = showRepository(context.directory.findById(databaseId ?? -1), context);
  if (key === null || found === null) throw nodeNotFound(id);
  if (key.type === "Repository") return found;
  context.read.gitRepositories.add(key.repositoryDatabaseId);
  const object = await context.git.readObject(found.repository.gitDir, key.oid);
  if (object?.type !== "commit") throw nodeNotFound(id);
  return new CommitNode(found.repository, key.oid);
}

function throwing(error: Error): never {
  throw error;
}

export const queryResolvers: Resolvers = {
  repository,
  repositoryOwner: (_source: unknown, { login }: { readonly login: string }, context) =>
    findOwner(login, context),
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
