import { assertInterfaceType, type GraphQLSchema } from "graphql";
import { buildSchema, type ContainerType, type PubSub } from "type-graphql";
import { guardSchema } from "../access/guard-schema.js";
import type { ApiDependencies } from "../dependencies.js";
import type { OperationApis } from "../execution/operation-api.js";
import { AwaitCommitResolver } from "./commits/await-commit.resolver.js";
import { CommitResolver } from "./commits/commit.resolver.js";
import { FeedResolver } from "./feed/feed.resolver.js";
import { BudgetResolver } from "./maintenance/budget.resolver.js";
import { MaintenanceResolver } from "./maintenance/maintenance.resolver.js";
import { NodeResolver } from "./node/node.resolver.js";
import { typeOfNode } from "./node/node.type.js";
import { AddOwnerResolver } from "./owners/add-owner.resolver.js";
import { AddRepositoriesResolver } from "./repositories/add-repositories.resolver.js";
import { RepositoryResolver } from "./repositories/repository.resolver.js";
import { RepositoryUpdatesResolver } from "./repositories/repository-updates.resolver.js";
import { TrackingResolver } from "./repositories/tracking.resolver.js";
import { StatisticsResolver } from "./statistics/statistics.resolver.js";

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
  AddRepositoriesResolver,
  AddOwnerResolver,
  AwaitCommitResolver,
  TrackingResolver,
  MaintenanceResolver,
  BudgetResolver,
  NodeResolver,
  StatisticsResolver,
] as const;

export async function createSchema(apis: OperationApis): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: [...RESOLVERS],
    container: resolversOf(apis),
    pubSub: noPubSub,
    validate: false, // arguments are checked where they are used
  });
  guardSchema(schema);
  // type-graphql makes a promise of the answer, and compiled queries take none there.
  assertInterfaceType(schema.getType("Node")).resolveType = typeOfNode;
  return schema;
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
