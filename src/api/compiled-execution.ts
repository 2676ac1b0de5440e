import type { GatewayExecutor, GatewayInterface } from "@apollo/server-gateway-interface";
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
} from "graphql";
import { type CompiledQuery, compileQuery, isCompiledQuery } from "graphql-jit";
import { LRUCache } from "lru-cache";

/** Operations kept compiled; each is some kilobytes of code. */
const COMPILED_MAX = 500;
/** An operation is compiled when it comes again: for one that comes once there is nothing to gain. */
const SEEN_MAX = 5_000;

/** Like graphql's `execute`: the same results for the same arguments. */
export type Execute = (args: ExecutionArgs) => Promise<ExecutionResult>;

/**
 * `execute` that compiles what comes again. Compiled are queries and what subscriptions make of an
 * event; mutations run their fields in series, which is graphql's own business.
 */
export function createCompiledExecution(): Execute {
  // By document, which parsers that cache give out as one object for one text.
  const compiled = new LRUCache<string, { document: DocumentNode; query: CompiledQuery["query"] }>({
    max: COMPILED_MAX,
  });
  const seen = new LRUCache<DocumentNode, string>({ max: SEEN_MAX });
  let nextId = 0;

  function keyOf(document: DocumentNode, operationName: string | null | undefined): string | null {
    const id = seen.get(document);
    if (id !== undefined) return `${id} ${operationName ?? ""}`;
    nextId += 1;
    seen.set(document, String(nextId));
    return null;
  }

  function compile(args: ExecutionArgs, key: string): CompiledQuery["query"] | null {
    const { schema, document, operationName } = args;
    const found = compiled.get(key);
    if (found !== undefined) return found.query;
    const made = compileQuery(schema, document, operationName ?? undefined);
    if (!isCompiledQuery(made)) return null; // graphql's own words for what is wrong
    compiled.set(key, { document, query: made.query });
    return made.query;
  }

  return async (args) => {
    const { document, operationName, rootValue, contextValue, variableValues } = args;
    const operation = getOperationAST(document, operationName)?.operation;
    if (operation === OperationTypeNode.MUTATION) return await execute(args);
    const key = keyOf(document, operationName);
    const query = key === null ? null : compile(args, key);
    if (query === null) return await execute(args);
    const result = (await query(rootValue, contextValue, variableValues ?? {})) as ExecutionResult;
    // Variables that do not fit: nothing has run, and graphql says it in its own words.
    if (result.data === undefined) return await execute(args);
    return result.errors === undefined
      ? result
      : { ...result, errors: result.errors.map(asGraphql) };
  };
}

/** The compiler's errors have their places, but not what graphql's own have by construction. */
function asGraphql({ message, path, originalError, locations }: GraphQLError): GraphQLError {
  const error = new GraphQLError(message, { path, originalError });
  return Object.defineProperty(error, "locations", { value: locations, enumerable: true });
}

/**
 * Has Apollo Server execute by it, as by a gateway's executor: what comes before and after, with the
 * format of errors, stays Apollo's.
 */
export function executingBy(run: Execute, schema: GraphQLSchema): GatewayInterface {
  return {
    async load() {
      return {
        async executor({ document, request, context }) {
          return (await run({
            ...{ schema, document, contextValue: context },
            operationName: request.operationName ?? null,
            variableValues: request.variables ?? {},
          })) as Awaited<ReturnType<GatewayExecutor>>;
        },
      };
    },
    onSchemaLoadOrUpdate(tell) {
      tell({ apiSchema: schema, coreSupergraphSdl: "" });
      return () => {};
    },
    async stop() {},
  };
}
