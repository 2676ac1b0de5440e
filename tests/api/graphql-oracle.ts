import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  specifiedRules,
  subscribe,
  validate,
} from "graphql";
import { createLimitsRule } from "../../src/api/execution/limits.js";
import { createOperationApis } from "../../src/api/execution/operation-api.js";
import { createFeedContext } from "../../src/api/schema/feed/feed.resolver.js";
import { createSchema } from "../../src/api/schema/schema.js";
import { isTrackerError } from "../../src/domain/errors.js";
import type { DrawnOperation } from "./drawn-operation.js";
import type { TestApi } from "./test-api.js";

/** An answer as its bytes say it: the data as they stand, and of each error what GraphQL knows of it. */
export interface ToldAnswer {
  readonly data: string | undefined;
  readonly errors: readonly string[];
}

export interface Oracle extends Disposable {
  readonly schema: GraphQLSchema;
  /** The first answers to an operation, `events` of them where it is a subscription. */
  answers(operation: DrawnOperation, events: number): Promise<readonly ToldAnswer[]>;
  /** Of a query: what each part of its root fails with when asked alone. */
  possibleErrors(operation: DrawnOperation): Promise<ReadonlySet<string>>;
}

const FAULTS_MAX = 5;

/**
 * graphql-js itself (`parse`, `validate`, `execute`, `subscribe`), on a schema of its own over the same
 * database.
 */
export async function createOracle({ parts }: TestApi): Promise<Oracle> {
  const apis = createOperationApis(parts);
  const ending = new AbortController();
  const schema = await createSchema(apis);
  const { feed } = createFeedContext(apis, ending.signal);
  const contextOf = () => ({ caller: { keyId: null, role: "WRITER", scope: null }, feed });
  return {
    schema,
    async answers({ query, variables }, events) {
      let document: DocumentNode;
      try {
        document = parse(query);
      } catch (error) {
        return [refusal([error as GraphQLError], "GRAPHQL_PARSE_FAILED")];
      }
      const rules = [...specifiedRules, createLimitsRule()];
      const faults = validate(schema, document, rules, { maxErrors: FAULTS_MAX });
      if (faults.length > 0) return [refusal(faults, "GRAPHQL_VALIDATION_FAILED")];
      const args = {
        schema,
        document,
        contextValue: contextOf(),
        variableValues: { ...variables },
      };
      return getOperationAST(document)?.operation === "subscription"
        ? await firstEvents(args, events)
        : [toldOf(await execute(args))];
    },
    async possibleErrors({ query, variables }) {
      const alone = partsOf(parse(query)).map(async (document) => {
        const args = {
          schema,
          document,
          contextValue: contextOf(),
          variableValues: { ...variables },
        };
        return toldOf(await execute(args)).errors;
      });
      return new Set((await Promise.all(alone)).flat());
    },
    [Symbol.dispose]: () => ending.abort(),
  };
}

/** The operation once with each part of its root. */
function partsOf(document: DocumentNode): DocumentNode[] {
  const operation = getOperationAST(document);
  if (!operation) throw new Error("there is one operation");
  return operation.selectionSet.selections.map((selection) => ({
    ...document,
    definitions: document.definitions.map((definition) =>
      definition === operation
        ? { ...operation, selectionSet: { ...operation.selectionSet, selections: [selection] } }
        : definition,
    ),
  }));
}

/** An event that cannot be told whole ends its subscription, with the first of its errors. */
async function firstEvents(args: ExecutionArgs, events: number): Promise<readonly ToldAnswer[]> {
  const results = await subscribe(args);
  if (!(Symbol.asyncIterator in results)) return [toldOf(results)];
  const told: ToldAnswer[] = [];
  for await (const result of results) {
    const isWhole = result.errors === undefined;
    told.push(toldOf(isWhole ? result : { errors: result.errors?.slice(0, 1) ?? [] }));
    if (!isWhole || told.length === events) break;
  }
  return told;
}

function toldOf({ data, errors = [] }: ExecutionResult): ToldAnswer {
  return {
    data: data === undefined ? undefined : JSON.stringify(data),
    // graphql tells several in the order in which they came about, which is the database's.
    errors: errors.map((error) => toldError(error, codeOf(error))).sort(),
  };
}

function refusal(errors: readonly GraphQLError[], code: string): ToldAnswer {
  return { data: undefined, errors: errors.map((error) => toldError(error, code)).sort() };
}

function toldError({ message, path, locations }: GraphQLError, code: unknown): string {
  return JSON.stringify({ message, path, locations, code });
}

/** Drawn operations fail by their resolvers' own errors, or by what GraphQL finds wrong with them. */
function codeOf(error: GraphQLError): string {
  let cause: unknown = error;
  while (cause instanceof GraphQLError && cause.originalError !== undefined) {
    cause = cause.originalError;
  }
  return isTrackerError(cause) ? cause.code : "BAD_USER_INPUT";
}
