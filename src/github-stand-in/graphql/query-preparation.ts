import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from "graphql";
import { GraphQLError, getVariableValues, Kind, parse, validate } from "graphql";
import { LRUCache } from "lru-cache";
import { isRateLimit } from "../limits/query-cost.js";
import type { HttpAnswer, WireError } from "./github-error.js";
import { QUERY_MISSING, queryRefusal } from "./github-error.js";
import { toRubyParseError } from "./ruby-parse-error.js";
import { toRubyError } from "./ruby-wording.js";

const DOCUMENTS_CACHED_MAX = 500;

/** A request body as clients send it; nothing in it is checked yet. */
export interface QueryBody {
  readonly query?: unknown;
  readonly variables?: unknown;
  readonly operationName?: unknown;
}

export interface Query {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As sent. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** As the schema's types have them, with defaults. */
  readonly coerced: Readonly<Record<string, unknown>>;
}

export type Prepared =
  | { readonly kind: "query"; readonly query: Query }
  | { readonly kind: "refused"; readonly answer: HttpAnswer };

interface Checked {
  readonly document: DocumentNode | null;
  readonly errors: readonly WireError[];
}

/** Reads and checks queries; what it found about a text is remembered, for a bounded number of texts. */
export class QueryPreparation {
  readonly #checked = new LRUCache<string, Checked>({ max: DOCUMENTS_CACHED_MAX });

  constructor(private readonly schema: GraphQLSchema) {}

  prepare({ query: text, variables, operationName }: QueryBody): Prepared {
    if (typeof text !== "string" || text === "") return refused(QUERY_MISSING);
    const { document, errors } = this.#check(text);
    if (document === null || errors.length > 0) return refused(...errors);
    const operation = findOperation(document, operationName);
    if (operation === null) return refused(operationMissing(operationName));
    const given = isRecord(variables) ? variables : {};
    const coercion = getVariableValues(this.schema, operation.variableDefinitions ?? [], given);
    if (coercion.errors) {
      return refused(...coercion.errors.map((error) => toVariableError(error, given)));
    }
    return {
      kind: "query",
      query: { document, operation, variables: given, coerced: coercion.coerced },
    };
  }

  /** The name a query goes by in logs and faults; null when it has none or cannot be read. */
  operationNameOf({ query: text, operationName }: QueryBody): string | null {
    if (typeof operationName === "string") return operationName;
    const document = typeof text === "string" ? this.#check(text).document : null;
    return (document && findOperation(document, null)?.name?.value) ?? null;
  }

  #check(text: string): Checked {
    const known = this.#checked.get(text);
    if (known) return known;
    const checked = check(this.schema, text);
    this.#checked.set(text, checked);
    return checked;
  }
}

/** Null when it is not JSON; a body that is no object has no query in it. */
export function parseBody(text: string | null): QueryBody | null {
  if (text === null) return {};
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) ? body : {};
  } catch {
    return null;
  }
}

/** A dry run answers its `rateLimit` and nothing else. */
export function onlyRateLimit(query: Query): Query {
  const selections = query.operation.selectionSet.selections.filter((each) => isRateLimit(each));
  const selectionSet = { ...query.operation.selectionSet, selections };
  const operation = { ...query.operation, selectionSet };
  const definitions = query.document.definitions.map((definition) =>
    definition === query.operation ? operation : definition,
  );
  return { ...query, operation, document: { ...query.document, definitions } };
}

function check(schema: GraphQLSchema, text: string): Checked {
  try {
    const document = parse(text);
    const errors = validate(schema, document).map((error) => toRubyError(error, document));
    return { document, errors };
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return { document: null, errors: [toRubyParseError(error)] };
  }
}

function findOperation(document: DocumentNode, name: unknown): OperationDefinitionNode | null {
  const operations = document.definitions.filter(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  if (typeof name === "string" && name !== "") {
    return operations.find((operation) => operation.name?.value === name) ?? null;
  }
  return operations.length === 1 ? (operations[0] ?? null) : null;
}

function operationMissing(name: unknown): WireError {
  return typeof name === "string" && name !== ""
    ? { message: `No operation named "${name}"` }
    : { message: "An operation name is required" };
}

function toVariableError(error: GraphQLError, given: Readonly<Record<string, unknown>>): WireError {
  const [, name = ""] = /^Variable "\$(\w+)"/.exec(error.message) ?? [];
  const [, type] = /of required type "(.+?)"|non-null type "(.+?)"/.exec(error.message) ?? [];
  const explanation = type
    ? "Expected value to not be null"
    : error.message.replace(/^[^;]*; /, "");
  return {
    extensions: { value: given[name] ?? null, problems: [{ path: [], explanation }] },
    ...(error.locations && { locations: error.locations }),
    message: `Variable $${name}${type ? ` of type ${type}` : ""} was provided invalid value`,
  };
}

function refused(...errors: readonly WireError[]): Prepared {
  return { kind: "refused", answer: queryRefusal(...errors) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
