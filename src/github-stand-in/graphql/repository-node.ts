import { idOfLogin } from "../accounts.js";
import type { GitRef } from "../git/git-refs.js";
import { readDefaultBranch } from "../git/git-refs.js";
import type { StandInRepository } from "../repository-directory.js";
import { nameWithOwner, nodeIdOf, WEB_URL } from "../repository-directory.js";
import { CommitNode } from "./commit-node.js";
import type { PageArgs } from "./connection.js";
import { listConnection } from "./connection.js";
import { FieldError } from "./github-error.js";
import { findShownRef, isMissed } from "./missed-push.js";
import { refId } from "./node-id.js";
import type { QueryContext, Resolver, Resolvers } from "./query-context.js";

export interface RepositoryNode {
  readonly __typename: "Repository";
  readonly repository: StandInRepository;
}

interface RefNode extends GitRef {
  readonly __typename: "Ref";
  readonly repository: StandInRepository;
}

interface ComparisonNode {
  readonly repository: StandInRepository;
  readonly baseOid: string;
  readonly headOid: string;
  readonly aheadBy: number;
  readonly behindBy: number;
}

function refNode(repository: StandInRepository, name: string, context: QueryContext) {
  context.read.gitRepositories.add(repository.databaseId);
  const ref = findShownRef(repository, name);
  return ref && { __typename: "Ref" as const, repository, ...ref };
}

const defaultBranchRef: Resolver<RepositoryNode> = ({ repository }, _args, context) => {
  context.read.heads.add(repository.databaseId);
  return refNode(repository, `refs/heads/${readDefaultBranch(repository.gitDir)}`, context);
};

const ref: Resolver<RepositoryNode, { readonly qualifiedName: string }> = (node, args, context) =>
  refNode(node.repository, args.qualifiedName, context);

/** By oid it must be a whole one; an expression is whatever `git rev-parse` takes. */
const object: Resolver<
  RepositoryNode,
  { readonly oid?: string | null; readonly expression?: string | null }
> = async ({ repository }, { oid, expression }, context) => {
  if (oid && !/^(?:[\da-f]{40}|[\da-f]{64})$/.test(oid)) return null;
  return objectNode(repository, oid || expression || "HEAD", context);
};

async function objectNode(repository: StandInRepository, name: string, context: QueryContext) {
  context.read.gitRepositories.add(repository.databaseId);
  const found = await context.git.readObject(repository.gitDir, name);
  if (found === null || (await isMissed(repository, found, context))) return null;
  if (found.type === "commit") return new CommitNode(repository, found.oid);
  const __typename = found.type.replace(/^./, (letter) => letter.toUpperCase());
  return { __typename, repository, oid: found.oid, abbreviatedOid: found.oid.slice(0, 7) };
}

export const repositoryResolvers: Resolvers = {
  ...flagResolvers(),
  id: ({ repository }: RepositoryNode, _args, { wantsNewIds }) => nodeIdOf(repository, wantsNewIds),
  nameWithOwner: ({ repository }: RepositoryNode) => nameWithOwner(repository),
  owner: ({ repository: { owner } }: RepositoryNode) => ({
    __typename: "Organization",
    login: owner,
    databaseId: idOfLogin(owner),
  }),
  url: ({ repository }: RepositoryNode) => `${WEB_URL}/${nameWithOwner(repository)}`,
  resourcePath: ({ repository }: RepositoryNode) => `/${nameWithOwner(repository)}`,
  visibility: ({ repository }: RepositoryNode) => (repository.isPrivate ? "PRIVATE" : "PUBLIC"),
  isInOrganization: () => true,
  isMirror: () => false,
  mirrorUrl: () => null,
  lockReason: () => null,
  isEmpty: ({ repository }: RepositoryNode) => {
    const branch = `refs/heads/${readDefaultBranch(repository.gitDir)}`;
    return findShownRef(repository, branch) === null;
  },
  defaultBranchRef,
  ref,
  object,
};

/** Fields that are kept as they are answered. */
function flagResolvers(): Resolvers {
  const names = [
    "databaseId",
    "diskUsage",
    "name",
    "isArchived",
    "archivedAt",
    "isDisabled",
    "isFork",
    "isLocked",
    "isPrivate",
    "createdAt",
    "pushedAt",
    "updatedAt",
  ] as const;
  const entries = names.map((name): [string, Resolvers[string]] => {
    const resolver: Resolver<RepositoryNode> = ({ repository }) => repository[name];
    return [name, resolver];
  });
  return Object.fromEntries(entries);
}

const target: Resolver<RefNode> = ({ repository, qualifiedName, oid }, _args, context) =>
  // A branch always names a commit, so a hundred heads need no git process.
  qualifiedName.startsWith("refs/heads/")
    ? new CommitNode(repository, oid)
    : objectNode(repository, oid, context);

/** The ref is the base: `aheadBy` counts what the head has and the ref has not. */
const compare: Resolver<RefNode, { readonly headRef: string }> = async (
  { repository, oid: baseOid },
  { headRef },
  context,
) => {
  const name = headRef.startsWith(`${repository.owner}:`)
    ? headRef.slice(repository.owner.length + 1)
    : headRef;
  const head = await context.git.readObject(repository.gitDir, `${name}^{commit}`);
  if (head === null) {
    throw new FieldError("NOT_FOUND", `Could not resolve to a Ref with the name '${headRef}'.`);
  }
  const [aheadBy, behindBy] = await context.git.compare(repository.gitDir, baseOid, head.oid);
  return { repository, baseOid, headOid: head.oid, aheadBy, behindBy };
};

export const refResolvers: Resolvers = {
  id: ({ repository, qualifiedName }: RefNode) => refId(repository.databaseId, qualifiedName),
  name: ({ qualifiedName }: RefNode) => qualifiedName.replace(/^refs\/[^/]+\//, ""),
  prefix: ({ qualifiedName }: RefNode) => /^refs\/[^/]+\//.exec(qualifiedName)?.[0] ?? "",
  repository: ({ repository }: RefNode) => ({ __typename: "Repository", repository }),
  target,
  compare,
};

const comparisonCommits: Resolver<ComparisonNode, PageArgs> = async (node, args, context, info) => {
  const { repository, baseOid, headOid, aheadBy } = node;
  const filter = [`^${baseOid}`, "--"];
  const { gitDir } = repository;
  const oids = await context.git.history(gitDir, headOid, filter, 0, aheadBy);
  // Oldest first, as the comparison of the REST API; the order of this one is not known.
  const commits = oids.reverse().map((oid) => new CommitNode(repository, oid));
  return listConnection(commits, args, info);
};

export const comparisonResolvers: Resolvers = {
  aheadBy: ({ aheadBy }: ComparisonNode) => aheadBy,
  behindBy: ({ behindBy }: ComparisonNode) => behindBy,
  status: ({ aheadBy, behindBy }: ComparisonNode) =>
    aheadBy > 0 ? (behindBy > 0 ? "DIVERGED" : "AHEAD") : behindBy > 0 ? "BEHIND" : "IDENTICAL",
  baseTarget: ({ repository, baseOid }: ComparisonNode) => new CommitNode(repository, baseOid),
  headTarget: ({ repository, headOid }: ComparisonNode) => new CommitNode(repository, headOid),
  commits: comparisonCommits,
};
