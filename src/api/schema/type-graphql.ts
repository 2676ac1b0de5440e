// biome-ignore-all lint/style/noRestrictedImports: this is the place
/**
 * All that works around type-graphql, each with its reason. Whoever describes the schema has its
 * decorators from here, so that what they need is there before the first of them.
 */
import "reflect-metadata"; // wanted by every decorator as it runs, and not loaded by type-graphql
import { assertInterfaceType, type GraphQLSchema } from "graphql";
import { buildSchema, type ContainerType, type PubSub } from "type-graphql";
import type { ApiDependencies } from "../dependencies.js";
import type { OperationApis } from "../execution/operation-api.js";

export * from "type-graphql";

export interface SchemaParts {
  readonly resolvers: Parameters<typeof buildSchema>[0]["resolvers"];
  readonly apis: OperationApis;
  /** Of each interface: of which type a value is. */
  readonly typesOf: Readonly<Record<string, (value: object) => string>>;
}

export async function schemaOf({ resolvers, apis, typesOf }: SchemaParts): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers,
    container: resolversOf(apis),
    pubSub: noPubSub,
    validate: false, // arguments are checked where they are used
  });
  for (const [name, typeOf] of Object.entries(typesOf)) {
    // type-graphql makes a promise of the answer, and compiled queries take none there.
    assertInterfaceType(schema.getType(name)).resolveType = typeOf;
  }
  return schema;
}

/** Each operation has resolvers of its own, which stand on its view of the API (docs/decisions/0010). */
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

/** Asked for wherever there are subscriptions; ours come from the feed. */
const noPubSub: PubSub = {
  publish() {
    throw new Error("use the feed");
  },
  subscribe() {
    throw new Error("use the feed");
  },
};
