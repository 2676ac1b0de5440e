import {
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  type ValidationRule,
  validate,
} from "graphql";
import { LRUCache } from "lru-cache";
import { TOKENS_MAX } from "./limits.js";
import { asGraphQLError, GRAPHQL_RULES } from "./subscription-root.js";

const FAULTS_MAX = 5;
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

/** Whichever way it comes: the same rules besides GraphQL's, the same errors. Never throws. */
export function createPrepareOperation(
  schema: GraphQLSchema,
  ownRules: readonly ValidationRule[],
): PrepareOperation {
  const rules = [...GRAPHQL_RULES, ...ownRules];
  const documents = new LRUCache<string, ReturnType<typeof parse>>({
    maxSize: DOCUMENT_CHARS_MAX,
    sizeCalculation: (_, query) => query.length + 1,
  });
  return ({ query, operationName, variables }, contextValue) => {
    try {
      const document = documents.get(query) ?? parse(query, { maxTokens: TOKENS_MAX });
      if (!documents.has(query)) {
        const faults = faultsOf(document);
        if (faults.length > 0) return faults;
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
      return [
        error instanceof GraphQLError
          ? withCode(error, "GRAPHQL_PARSE_FAILED")
          : asGraphQLError(error),
      ];
    }
  };

  function faultsOf(document: DocumentNode): readonly GraphQLError[] {
    try {
      const faults = validate(schema, document, rules, { maxErrors: FAULTS_MAX });
      return faults.map((fault) => withCode(fault, "GRAPHQL_VALIDATION_FAILED"));
    } catch (error) {
      // A rule that gives up says why.
      if (!(error instanceof GraphQLError)) throw error;
      return [withCode(error, "GRAPHQL_VALIDATION_FAILED")];
    }
  }
}

/** In the words of Apollo Server. */
function unresolved(operationName: string | null | undefined): GraphQLError {
  const message = operationName
    ? `Unknown operation named "${operationName}".`
    : "Must provide operation name if query contains multiple operations.";
  return new GraphQLError(message, { extensions: { code: "OPERATION_RESOLUTION_FAILURE" } });
}

/** The codes are Apollo Server's. */
function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes = null, source = null, positions = null } = error;
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}
