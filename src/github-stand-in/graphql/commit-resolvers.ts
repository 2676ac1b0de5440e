import type { GraphQLResolveInfo } from "graphql";
import type { StandInCommit } from "../git/stand-in-commit.js";
import { toDateTime } from "../git/stand-in-commit.js";
import { nameWithOwner, WEB_URL } from "../repository-directory.js";
import { CommitNode } from "./commit-node.js";
import type { PageArgs } from "./connection.js";
import { listConnection } from "./connection.js";
import { FieldError } from "./github-error.js";
import type { HistoryArgs } from "./history-connection.js";
import { historyConnection } from "./history-connection.js";
import { commitId } from "./node-id.js";
import type { Resolver, Resolvers } from "./query-context.js";

const ABBREVIATED_LENGTH = 7;

/** Stays synchronous for a commit that was read with its page: a promise per field costs more than the field. */
function fromObject(read: (object: StandInCommit) => unknown): Resolver<CommitNode> {
  return (node, _args, context) =>
    node.object ? read(node.object) : node.load(context).then((object) => read(object));
}

const history: Resolver<CommitNode, HistoryArgs> = ({ repository, oid }, args, context, info) =>
  historyConnection(repository, oid, args, context, info);

const parents: Resolver<CommitNode, PageArgs> = (node, args, context, info) =>
  node.object
    ? parentsOf(node, node.object, args, info)
    : node.load(context).then((object) => parentsOf(node, object, args, info));

function parentsOf(
  { repository }: CommitNode,
  object: StandInCommit,
  args: PageArgs,
  info: GraphQLResolveInfo,
) {
  const nodes = object.parents.map((oid) => new CommitNode(repository, oid));
  return listConnection(nodes, args, info);
}

/** GitHub has no statistics for some commits, and says so; this one has none for any. */
function unavailable(statistic: string): Resolver<CommitNode> {
  return () => {
    const message = `The ${statistic} count for this commit is unavailable.`;
    throw new FieldError("SERVICE_UNAVAILABLE", message);
  };
}

function urlPath({ repository, oid }: CommitNode): string {
  return `/${nameWithOwner(repository)}/commit/${oid}`;
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
  parents,
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
