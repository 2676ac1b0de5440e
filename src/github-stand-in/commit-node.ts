import type { Account } from "./accounts.js";
import type { CommitObject, Signature } from "./commit-object.js";
import { toDateTime, toGitTimestamp } from "./commit-object.js";
import type { PageArgs } from "./connection.js";
import { listConnection } from "./connection.js";
import { FieldError } from "./github-error.js";
import type { HistoryArgs } from "./history-connection.js";
import { historyConnection } from "./history-connection.js";
import { commitId, userId } from "./node-id.js";
import type { QueryContext, Resolver, Resolvers } from "./query-context.js";
import type { StandInRepository } from "./repository-directory.js";
import { nameWithOwner } from "./repository-directory.js";

const WEB_URL = "https://github.com";
const ABBREVIATED_LENGTH = 7;

/** A commit of a repository; `object` is read only when a field of it is asked for. */
export class CommitNode {
  readonly __typename = "Commit";

  constructor(
    readonly repository: StandInRepository,
    readonly oid: string,
    public object: CommitObject | null = null,
  ) {}
}

type CommitReader = (object: CommitObject, node: CommitNode, context: QueryContext) => unknown;

/** Stays synchronous for a commit that was read with its page: a promise per field costs more than the field. */
function fromObject(read: CommitReader): Resolver<CommitNode> {
  return (node, _args, context) => {
    if (node.object) return read(node.object, node, context);
    return load(node, context).then((object) => read(object, node, context));
  };
}

async function load(node: CommitNode, { git }: QueryContext): Promise<CommitObject> {
  const [object] = await git.readCommits(node.repository.gitDir, [node.oid]);
  if (!object) throw new Error(`the repository has no commit ${node.oid}`);
  node.object = object;
  return object;
}

function urlPath({ repository, oid }: CommitNode): string {
  return `/${nameWithOwner(repository)}/commit/${oid}`;
}

/** GitHub has no statistics for some commits, and says so; this one has none for any. */
function unavailable(statistic: string): Resolver<CommitNode> {
  return () => {
    const message = `The ${statistic} count for this commit is unavailable.`;
    throw new FieldError("SERVICE_UNAVAILABLE", message);
  };
}

const history: Resolver<CommitNode, HistoryArgs> = ({ repository, oid }, args, context, info) =>
  historyConnection(repository, oid, args, context, info);

const parents: Resolver<CommitNode, PageArgs> = async (node, args, context, info) => {
  const object = await load(node, context);
  return parentsOf(object, node, args, info);
};

const parentsSync: Resolver<CommitNode, PageArgs> = (node, args, context, info) =>
  node.object ? parentsOf(node.object, node, args, info) : parents(node, args, context, info);

function parentsOf(
  object: CommitObject,
  { repository }: CommitNode,
  args: PageArgs,
  info: Parameters<typeof history>[3],
) {
  const nodes = object.parents.map((oid) => new CommitNode(repository, oid));
  return listConnection(nodes, args, info);
}

export const commitResolvers: Resolvers = {
  id: (node: CommitNode) => commitId(node.repository.databaseId, node.oid),
  oid: (node: CommitNode) => node.oid,
  abbreviatedOid: (node: CommitNode) => node.oid.slice(0, ABBREVIATED_LENGTH),
  message: fromObject((object) => object.message),
  messageHeadline: fromObject((object) => object.message.split("\n", 1)[0] ?? ""),
  messageBody: fromObject((object) => object.message.replace(/^[^\n]*\n*/, "")),
  author: fromObject((object) => object.author),
  committer: fromObject((object) => object.committer),
  authoredDate: fromObject((object) => toDateTime(object.author.epochSeconds * 1000)),
  committedDate: fromObject((object) => toDateTime(object.committer.epochSeconds * 1000)),
  pushedDate: () => null,
  parents: parentsSync,
  history,
  additions: unavailable("additions"),
  deletions: unavailable("deletions"),
  changedFilesIfAvailable: () => null,
  repository: (node: CommitNode) => ({ __typename: "Repository", repository: node.repository }),
  url: (node: CommitNode) => WEB_URL + urlPath(node),
  commitUrl: (node: CommitNode) => WEB_URL + urlPath(node),
  resourcePath: urlPath,
  commitResourcePath: urlPath,
};

export const gitActorResolvers: Resolvers = {
  name: (signature: Signature) => signature.name,
  email: (signature: Signature) => signature.email,
  date: (signature: Signature) => toGitTimestamp(signature),
  user: ({ email }: Signature, _args, { accounts }) => accounts.accountOfEmail(email),
  avatarUrl: ({ email }: Signature, _args, { accounts }) => {
    const account = accounts.accountOfEmail(email);
    return account ? avatarUrl(account) : `https://avatars.githubusercontent.com/u/0?v=4`;
  },
};

export const userResolvers: Resolvers = {
  id: ({ databaseId }: Account) => userId(databaseId),
  login: ({ login }: Account) => login,
  databaseId: ({ databaseId }: Account) => databaseId,
  avatarUrl,
  url: ({ login }: Account) => `${WEB_URL}/${login}`,
};

export function avatarUrl({ databaseId }: { readonly databaseId: number }): string {
  return `https://avatars.githubusercontent.com/u/${databaseId}?v=4`;
}
