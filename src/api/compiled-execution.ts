import { type ApolloServerPlugin, type GraphQLRequestListener, HeaderMap } from "@apollo/server";
import type { GatewayExecutor, GatewayInterface } from "@apollo/server-gateway-interface";
import {
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  OperationTypeNode,
} from "graphql";
import { type CompiledQuery, compileQuery, isCompiledQuery } from "graphql-jit";
import { LRUCache } from "lru-cache";
import { isCompilable } from "./compilable.js";

/** Operations kept compiled; each is some kilobytes of code. */
const COMPILED_MAX = 500;

/** Like graphql's `execute`: the same results for the same arguments. */
export type Execute = (args: ExecutionArgs) => Promise<ExecutionResult>;

/**
 * `execute` that compiles what comes again. Compiled are queries and what subscriptions make of an
 * event; mutations run their fields in series, which is graphql's own business.
 */
export function createCompiledExecution(): Execute {
  // By operation, which parsers that cache give out as one object for one text.
  const compiled = new LRUCache<OperationDefinitionNode, CompiledQuery["query"]>({
    max: COMPILED_MAX,
  });
  const seen = new WeakSet<OperationDefinitionNode>(); // as long as a parser's cache keeps them

  function compile(
    operation: OperationDefinitionNode,
    { schema, document, operationName }: ExecutionArgs,
  ): CompiledQuery["query"] | null {
    const found = compiled.get(operation);
    if (found !== undefined) return found;
    if (!seen.has(operation)) {
      seen.add(operation);
      return null;
    }
    if (!isCompilable(schema, document)) return null;
    const made = compileQuery(schema, document, operationName ?? undefined);
    if (!isCompiledQuery(made)) return null; // graphql's own words for what is wrong
    compiled.set(operation, made.query);
    return made.query;
  }

  return async (args) => {
    const { document, operationName, rootValue, contextValue, variableValues } = args;
    const operation = getOperationAST(document, operationName);
    const query =
      operation == null || operation.operation === OperationTypeNode.MUTATION
        ? null
        : compile(operation, args);
    if (query === null) return await execute(args);
    const result = (await query(rootValue, contextValue, variableValues ?? {})) as ExecutionResult;
    // Variables that do not fit: nothing has run, and graphql says it in its own words.
    if (result.data === undefined) return await execute(args);
    const { errors } = result;
    if (errors === undefined) return result;
    // In which order graphql comes upon several, and where it stops, only graphql knows.
    return errors.length > 1
      ? await execute(args)
      : { data: result.data, errors: errors.map(asGraphql) };
  };
}

/** The compiler's errors have their places, but not what graphql's own have by construction. */
function asGraphql({ message, path, originalError, locations }: GraphQLError): GraphQLError {
  const error = new GraphQLError(message, { path, originalError });
  return Object.defineProperty(error, "locations", { value: locations, enumerable: true });
}

export const RESULT = Symbol("result");

/** An operation's context, with its result until that is told. */
export interface ResultContext {
  [RESULT]?: ExecutionResult;
}

/**
 * Has Apollo Server execute by it. An answer without errors is given as soon as the operation is known
 * to be valid, past half of Apollo's steps; one with errors goes all of them, as a gateway's answer
 * would, so that the format of errors stays Apollo's.
 */
export function executingBy(
  run: Execute,
  schema: GraphQLSchema,
): { gateway: GatewayInterface; plugin: ApolloServerPlugin } {
  const gateway: GatewayInterface = {
    async load() {
      return {
        async executor({ context }) {
          return (context as ResultContext)[RESULT] as Awaited<ReturnType<GatewayExecutor>>;
        },
      };
    },
    onSchemaLoadOrUpdate(tell) {
      tell({ apiSchema: schema, coreSupergraphSdl: "" });
      return () => {};
    },
    async stop() {},
  };
  const listener: GraphQLRequestListener<ResultContext> = {
    async responseForOperation({ document, request, contextValue }) {
      contextValue[RESULT] ??= await run({
        ...{ schema, document, contextValue },
        operationName: request.operationName ?? null,
        variableValues: request.variables ?? {},
      });
      const { data, errors } = contextValue[RESULT];
      if (data !== undefined && errors === undefined) {
        return {
          http: { headers: new HeaderMap() },
          body: { kind: "single", singleResult: { data } },
        };
      }
      return null;
    },
  };
  return { gateway, plugin: { requestDidStart: async () => listener } };
}
