import { createHash } from "node:crypto";
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
import type { OnLimit } from "../../telemetry/metrics/api-metrics.js";
import { TOKENS_MAX } from "./limits.js";
import type { OperationRequest } from "./operation-request.js";
import { asGraphQLError, GRAPHQL_RULES } from "./subscription-root.js";

/** Of one document's text. A front end's are a few kilobytes; values go into variables. */
const TEXT_CHARS_MAX = 32 * 1_024;
/** What all of them hold together, by `heldBytes`. */
const HELD_BYTES_MAX = 32 * 1_024 * 1_024;
/** What an object of a document holds at most, with what is compiled of it: measured, and doubled. */
const NODE_BYTES = 250;
/** Digests of texts that have come once. */
const SEEN_MAX = 10_000;
const FAULTS_MAX = 5;

/** The documents of all ways in that were found valid and have come again: the same text is the same object. */
export interface ValidDocuments {
  /** Valid, or what is wrong with it in the codes of Apollo Server. Never throws. */
  of(text: string): DocumentNode | readonly GraphQLError[];
  /** Of the operation that would be carried out; unknown where there is none. */
  typeOf(request: OperationRequest): OperationTypeNode | "unknown";
}

export function createValidDocuments(
  schema: GraphQLSchema,
  ownRules: readonly ValidationRule[],
  onLimit: OnLimit = () => {},
): ValidDocuments {
  const rules = [...GRAPHQL_RULES, ...ownRules];
  const seen = new LRUCache<string, true>({ max: SEEN_MAX });
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
    if (text.length > TEXT_CHARS_MAX) {
      onLimit("document");
      return [tooLong(text)];
    }
    try {
      const document = parse(text, { maxTokens: TOKENS_MAX });
      const faults = faultsOf(document);
      if (faults.length > 0) {
        return faults.map((fault) => withCode(fault, "GRAPHQL_VALIDATION_FAILED"));
      }
      if (hasComeBefore(text)) documents.set(text, document);
      return document;
    } catch (error) {
      return [
        error instanceof GraphQLError
          ? withCode(error, "GRAPHQL_PARSE_FAILED")
          : asGraphQLError(error),
      ];
    }
  }

  /** What comes once is nothing to keep: a client with values in its texts would have all replaced. */
  function hasComeBefore(text: string): boolean {
    const digest = digestOf(text);
    const hasCome = seen.has(digest);
    seen.set(digest, true);
    return hasCome;
  }

  return {
    of: (text) => documents.get(text) ?? read(text),
    typeOf({ query, operationName }) {
      const document = documents.get(query) ?? parsed(query);
      const operation = document && getOperationAST(document, operationName);
      return operation?.operation ?? "unknown";
    },
  };
}

/** Null for what `of` has an error for. */
function parsed(text: string): DocumentNode | null {
  if (text.length > TEXT_CHARS_MAX) return null;
  try {
    return parse(text, { maxTokens: TOKENS_MAX, noLocation: true });
  } catch {
    return null;
  }
}

function digestOf(text: string): string {
  return createHash("sha1").update(text).digest("base64");
}

function tooLong({ length }: string): GraphQLError {
  const message = `This document has ${length} characters; at most ${TEXT_CHARS_MAX} are taken. Pass values as variables.`;
  return new GraphQLError(message, { extensions: { code: "GRAPHQL_VALIDATION_FAILED" } });
}

/**
 * Of each node only the place where it begins is kept, which errors tell, not the chain of tokens and
 * comments that its location holds. Returns how many objects there are.
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
      const { start, end, source, startToken } = value.loc as Location;
      const { line, column } = startToken;
      value.loc = { start, end, source, startToken: { line, column } }; // by which the compiler goes
    }
  }
  return count;
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes = null, source = null, positions = null } = error;
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}
