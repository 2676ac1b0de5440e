import type { GraphQLSchema } from "graphql";
import { guardSchema } from "../access/guard-schema.js";
import type { OperationApis } from "../execution/operation-api.js";
import { BudgetResolver } from "./budgets/budget.resolver.js";
import { AwaitCommitResolver } from "./commits/await-commit.resolver.js";
import { CommitResolver } from "./commits/commit.resolver.js";
import { FailedTaskResolver } from "./failures/failed-task.resolver.js";
import { FeedResolver } from "./feed/feed.resolver.js";
import { ApiKeyResolver } from "./keys/api-key.resolver.js";
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
import { SystemResolver } from "./system/system.resolver.js";
import { schemaOf } from "./type-graphql.js";
import { ViewerResolver } from "./viewer/viewer.resolver.js";

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
  ViewerResolver,
  SystemResolver,
  ApiKeyResolver,
] as const;

export async function createSchema(apis: OperationApis): Promise<GraphQLSchema> {
  const schema = await schemaOf({
    resolvers: [...RESOLVERS],
    apis,
    typesOf: { Node: typeOfNode },
  });
  guardSchema(schema);
  describeRoots(schema);
  return schema;
}

/** What type-graphql has no place for. */
function describeRoots(schema: GraphQLSchema): void {
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
