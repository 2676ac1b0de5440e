import { readFile } from "node:fs/promises";
import type { GraphQLField, GraphQLFieldResolver } from "graphql";
import { buildASTSchema, type GraphQLSchema, isObjectType, parse } from "graphql";
import { isConnectionField } from "../limits/query-cost.js";
import { gitActorResolvers, organizationResolvers, userResolvers } from "./actor-resolvers.js";
import { commitResolvers } from "./commit-resolvers.js";
import type { PageArgs } from "./connection.js";
import { checkPageSize } from "./connection.js";
import { notImplemented } from "./github-error.js";
import type { QueryContext, Resolvers } from "./query-context.js";
import { withFaults } from "./query-context.js";
import { queryResolvers } from "./query-root.js";
import { comparisonResolvers, refResolvers, repositoryResolvers } from "./repository-node.js";

const RESOLVERS: Readonly<Record<string, Resolvers>> = {
  Query: queryResolvers,
  Repository: repositoryResolvers,
  Ref: refResolvers,
  Comparison: comparisonResolvers,
  Commit: commitResolvers,
  GitActor: gitActorResolvers,
  User: userResolvers,
  Organization: organizationResolvers,
};

// A constant that takes 150 ms to compute: its resolvers keep nothing, all state is in the context.
let computing: Promise<GraphQLSchema> | undefined;

/** GitHub's published schema with resolvers on the fields that git can answer; built once a process. */
export function loadGitHubSchema(): Promise<GraphQLSchema> {
  computing ??= buildGitHubSchema();
  return computing;
}

async function buildGitHubSchema(): Promise<GraphQLSchema> {
  // The package exports only its entry; the schema lies beside it.
  const path = new URL("schema.graphql", import.meta.resolve("@octokit/graphql-schema"));
  const document = parse(await readFile(path, "utf8"), { noLocation: true });
  const schema = buildASTSchema(document, { assumeValid: true, assumeValidSDL: true });
  for (const [typeName, resolvers] of Object.entries(RESOLVERS)) {
    const type = schema.getType(typeName);
    if (!isObjectType(type)) throw new Error(`GitHub's schema has no type ${typeName}`);
    for (const [fieldName, resolver] of Object.entries(resolvers)) {
      const field = type.getFields()[fieldName];
      if (!field) throw new Error(`GitHub's schema has no field ${typeName}.${fieldName}`);
      field.resolve = withFaults(`${typeName}.${fieldName}`, resolver);
    }
  }
  return schema;
}

/** For fields without a resolver: a property of the source, else a loud refusal. */
export const resolveProperty: GraphQLFieldResolver<unknown, QueryContext> = (
  source,
  args,
  _context,
  info,
) => {
  const property = (source as Readonly<Record<string, unknown>> | null)?.[info.fieldName];
  if (typeof property === "function") return property();
  if (property !== undefined) return property;
  const field: GraphQLField<unknown, unknown> | undefined =
    info.parentType.getFields()[info.fieldName];
  if (field && isConnectionField(field)) checkPageSize(args as PageArgs, info);
  throw notImplemented(info.parentType.name, info.fieldName);
};
