import {
  type ExecutionArgs,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from "graphql";
import { LRUCache } from "lru-cache";
import { TOKENS_MAX } from "./limits.js";

export const FAULTS_MAX = 5;
/** Documents that were found valid, kept for the next that sends the same; sized by their text. */
const DOCUMENT_CHARS_MAX = 4 * 1_024 * 1_024;

export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** An operation ready to be run, or what is wrong with it. */
export type PrepareOperation = (
  request: OperationRequest,
  contextValue: object,
) => ExecutionArgs | readonly GraphQLError[];

/** For what does not go through Apollo Server: the same rules besides GraphQL's, the same errors. */
export function createPrepareOperation(
  schema: GraphQLSchema,
  ownRules: readonly ValidationRule[],
): PrepareOperation {
  const rules = [...specifiedRules, ...ownRules];
  const documents = new LRUCache<string, ReturnType<typeof parse>>({
    maxSize: DOCUMENT_CHARS_MAX,
    sizeCalculation: (_, query) => query.length + 1,
  });
  return ({ query, operationName, variables }, contextValue) => {
    try {
      const document = documents.get(query) ?? parse(query, { maxTokens: TOKENS_MAX });
      if (!documents.has(query)) {
        const faults = validate(schema, document, rules, { maxErrors: FAULTS_MAX });
        if (faults.length > 0) {
          return faults.map((fault) => withCode(fault, "GRAPHQL_VALIDATION_FAILED"));
        }
        documents.set(query, document);
      }
      if (!getOperationAST(document, operationName)) return [unresolved(operationName)];
      return {
        schema,
        document,
        contextValue: { ...contextValue }, // each operation is known by its own
        variableValues: variables ?? {},
        ...(operationName != null && { operationName }),
      };
    } catch (error) {
      if (error instanceof GraphQLError) return [withCode(error, "GRAPHQL_PARSE_FAILED")];
      throw error;
    }
  };
}

/** In the words of Apollo Server over HTTP. */
function unresolved(operationName: string | null | undefined): GraphQLError {
  const message = operationName
    ? `Unknown operation named "${operationName}".`
    : "Must provide operation name if query contains multiple operations.";
  return new GraphQLError(message, { extensions: { code: "OPERATION_RESOLUTION_FAILURE" } });
}

/** The codes that Apollo Server gives over HTTP. */
function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes = null, source = null, positions = null } = error;
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}
