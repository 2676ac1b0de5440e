import {
  type DocumentNode,
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
import { isCompilable } from "./compilable.js";
import { asGraphQLError } from "./subscription-root.js";

/** Like graphql's `execute`: the same results for the same arguments. What it throws is an error told. */
export type Execute = (args: ExecutionArgs) => Promise<ExecutionResult>;

/**
 * `execute` that compiles what comes again. Compiled are queries and what subscriptions make of an
 * event; mutations run their fields in series, which is graphql's own business.
 */
export function createCompiledExecution(): Execute {
  // By operation, which is one object for one text, and as long as its document is kept.
  const compiled = new WeakMap<OperationDefinitionNode, CompiledQuery["query"] | null>();
  const seen = new WeakSet<OperationDefinitionNode>();

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
    const query = compiledQuery(schema, document, operationName);
    compiled.set(operation, query);
    return query;
  }

  async function run(args: ExecutionArgs): Promise<ExecutionResult> {
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
  }

  return async (args) => {
    try {
      return await run(args);
    } catch (error) {
      return { errors: [asGraphQLError(error)] };
    }
  };
}

/** Null for what is to be interpreted. */
export function compiledQuery(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName?: string | null,
): CompiledQuery["query"] | null {
  if (!isCompilable(schema, document)) return null;
  const made = compileQuery(schema, document, operationName ?? undefined);
  return isCompiledQuery(made) ? made.query : null;
}

/** The compiler's errors have their places, but not what graphql's own have by construction. */
function asGraphql({ message, path, originalError, locations }: GraphQLError): GraphQLError {
  const error = new GraphQLError(message, { path, originalError });
  return Object.defineProperty(error, "locations", { value: locations, enumerable: true });
}
