import { assertInterfaceType, type GraphQLSchema } from "graphql";
import { buildSchema, type ContainerType, type PubSub } from "type-graphql";
import { guardSchema } from "../access/guard-schema.js";
import type { ApiDependencies } from "../dependencies.js";
import type { OperationApis } from "../execution/operation-api.js";
import { BudgetResolver } from "./budgets/budget.resolver.js";
import { AwaitCommitResolver } from "./commits/await-commit.resolver.js";
import { CommitResolver } from "./commits/commit.resolver.js";
import { FailedTaskResolver } from "./failures/failed-task.resolver.js";
import { FeedResolver } from "./feed/feed.resolver.js";
import { NodeResolver } from "./node/node.resolver.js";
import { typeOfNode } from "./node/node.type.js";
import { AddOwnerResolver, OwnerRepositoryResolver } from "./owners/add-owner.resolver.js";
import { RepositoryResolver } from "./repositories/repository.resolver.js";
import { RepositoryMutationsResolver } from "./repositories/repository-mutations.resolver.js";
import { RepositoryUpdatesResolver } from "./repositories/repository-updates.resolver.js";
import {
  HistoryRewriteResolver,
  RewritesOfRepositoryResolver,
} from "./rewrites/history-rewrite.resolver.js";
import { StatisticsResolver } from "./statistics/statistics.resolver.js";
import { StatisticsOfRepositoryResolver } from "./statistics/statistics-of-repository.resolver.js";

/** Asked for by type-graphql wherever there are subscriptions; ours come from the feed. */
const noPubSub: PubSub = {
  publish() {
    throw new Error("use the feed");
  },
  subscribe() {
    throw new Error("use the feed");
  },
};

const RESOLVERS = [
  RepositoryResolver,
  CommitResolver,
  FeedResolver,
  RepositoryUpdatesResolver,
  RepositoryMutationsResolver,
  AddOwnerResolver,
  OwnerRepositoryResolver,
  AwaitCommitResolver,
  HistoryRewriteResolver,
  RewritesOfRepositoryResolver,
  FailedTaskResolver,
  BudgetResolver,
  NodeResolver,
  StatisticsResolver,
  StatisticsOfRepositoryResolver,
] as const;

export async function createSchema(apis: OperationApis): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: [...RESOLVERS],
    container: resolversOf(apis),
    pubSub: noPubSub,
    validate: false, // arguments are checked where they are used
  });
  guardSchema(schema);
  describe(schema);
  // type-graphql makes a promise of the answer, and compiled queries take none there.
  assertInterfaceType(schema.getType("Node")).resolveType = typeOfNode;
  return schema;
}

/** What type-graphql has no place for. */
function describe(schema: GraphQLSchema): void {
  schema.description =
    "Commits of GitHub repositories, each stored exactly once: to be asked for, and followed live. Ids differ by type; lists are connections (https://relay.dev/graphql/connections.htm); failures that can be expected have an `extensions.code`.";
  const roots = [
    [
      schema.getQueryType(),
      "What is stored, and how it stands. Needs a reader's key, where keys are asked for.",
    ],
    [
      schema.getMutationType(),
      "What changes what is tracked. Each may be sent again when its answer was lost, and answers with what it was about and what was done.",
    ],
    [
      schema.getSubscriptionType(),
      "What happens, as it happens: over WebSocket (`graphql-transport-ws`) or as server-sent events.",
    ],
  ] as const;
  for (const [root, description] of roots) {
    if (root) root.description = description;
  }
}

/** Each operation has resolvers of its own, which stand on its view of the API. */
function resolversOf(apis: OperationApis): ContainerType {
  return {
    get(type: new (api: ApiDependencies) => object, { context, info }) {
      const { api, resolvers } = apis.of(info.operation.operation, context);
      const found = resolvers.get(type) ?? new type(api);
      resolvers.set(type, found);
      return found;
    },
  };
}
