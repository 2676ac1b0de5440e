import type { GraphQLSchema } from "graphql";
import { buildSchema, type PubSub } from "type-graphql";
import { AddRepositoriesResolver } from "./add-repositories.resolver.js";
import { BudgetResolver } from "./budget.resolver.js";
import { CommitResolver } from "./commit.resolver.js";
import type { ApiDependencies } from "./dependencies.js";
import { FeedResolver } from "./feed.resolver.js";
import { MaintenanceResolver } from "./maintenance.resolver.js";
import { RepositoryResolver } from "./repository.resolver.js";
import { TrackingResolver } from "./tracking.resolver.js";

/** Asked for by type-graphql wherever there are subscriptions; ours come from the feed. */
const noPubSub: PubSub = {
  publish() {
    throw new Error("use the feed");
  },
  subscribe() {
    throw new Error("use the feed");
  },
};

export async function createSchema(api: ApiDependencies): Promise<GraphQLSchema> {
  const instances = new Map<unknown, object>([
    [RepositoryResolver, new RepositoryResolver(api)],
    [CommitResolver, new CommitResolver(api)],
    [FeedResolver, new FeedResolver(api)],
    [AddRepositoriesResolver, new AddRepositoriesResolver(api)],
    [TrackingResolver, new TrackingResolver(api)],
    [MaintenanceResolver, new MaintenanceResolver(api)],
    [BudgetResolver, new BudgetResolver(api)],
  ]);
  return await buildSchema({
    resolvers: [
      RepositoryResolver,
      CommitResolver,
      FeedResolver,
      AddRepositoriesResolver,
      TrackingResolver,
      MaintenanceResolver,
      BudgetResolver,
    ],
    container: { get: (type) => instances.get(type) },
    pubSub: noPubSub,
    validate: false, // arguments are checked where they are used
  });
}
