import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type Location,
  type OperationTypeNode,
  parse,
  type ValidationRule,
  validate,
} from "graphql";
import { LRUCache } from "lru-cache";
import { TOKENS_MAX } from "./limits.js";
import type { OperationRequest } from "./operation-request.js";
import { asGraphQLError, GRAPHQL_RULES } from "./subscription-root.js";

/** Of one document's text. A front end's are a few kilobytes; values go into variables. */
const TEXT_CHARS_MAX = 32 * 1_024;
/** What all of them hold together, by `heldBytes`. */
const HELD_BYTES_MAX = 32 * 1_024 * 1_024;
/** What an object of a document holds at most, with what is compiled of it: measured, and doubled. */
const NODE_BYTES = 250;
const FAULTS_MAX = 5;

/** The documents of all ways in that were found valid: the same text is the same object. */
export interface ValidDocuments {
  /** Valid, or what is wrong with it in the codes of Apollo Server. Never throws. */
  of(text: string): DocumentNode | readonly GraphQLError[];
  /** Of the operation that would be carried out; unknown where there is none. */
  typeOf(request: OperationRequest): OperationTypeNode | "unknown";
}

export function createValidDocuments(
  schema: GraphQLSchema,
  ownRules: readonly ValidationRule[],
): ValidDocuments {
  const rules = [...GRAPHQL_RULES, ...ownRules];
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: HELD_BYTES_MAX,
    sizeCalculation: (document, text) => 2 * text.length + NODE_BYTES * lightened(document),
  });

  function faultsOf(document: DocumentNode): readonly GraphQLError[] {
    try {
      return validate(schema, document, rules, { maxErrors: FAULTS_MAX });
    } catch (error) {
      // A rule that gives up says why.
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
  }

  function read(text: string): DocumentNode | readonly GraphQLError[] {
    if (text.length > TEXT_CHARS_MAX) return [tooLong(text)];
    try {
      const document = parse(text, { maxTokens: TOKENS_MAX });
      const faults = faultsOf(document);
      if (faults.length > 0) {
        return faults.map((fault) => withCode(fault, "GRAPHQL_VALIDATION_FAILED"));
      }
      documents.set(text, document);
      return document;
    } catch (error) {
      return [
        error instanceof GraphQLError
          ? withCode(error, "GRAPHQL_PARSE_FAILED")
          : asGraphQLError(error),
      ];
    }
  }

  const of = (text: string) => documents.get(text) ?? read(text);
  return {
    of,
    typeOf({ query, operationName }) {
      const document = of(query);
      if (!("kind" in document)) return "unknown";
      return getOperationAST(document, operationName)?.operation ?? "unknown";
    },
  };
}

function tooLong({ length }: string): GraphQLError {
  const message = `This document has ${length} characters; at most ${TEXT_CHARS_MAX} are taken. Pass values as variables.`;
  return new GraphQLError(message, { extensions: { code: "GRAPHQL_VALIDATION_FAILED" } });
}

/**
 * Of each node only the place where it begins is kept, not the chain of tokens and comments that its
 * location holds. Returns how many objects there are.
 */
function lightened(document: DocumentNode): number {
  let count = 0;
  const pending: unknown[] = [document];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== "object" || value === null) continue;
    count += 1;
    for (const [key, inner] of Object.entries(value)) {
      if (key !== "loc") pending.push(inner);
    }
    if ("loc" in value) {
      const { start, end, source } = value.loc as Location;
      value.loc = { start, end, source };
    }
  }
  return count;
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes = null, source = null, positions = null } = error;
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}
