import type { FastifyRequest } from "fastify";
import { GraphQLError } from "graphql";
import type { OperationRequest } from "../execution/operation-request.js";

/** https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters */
interface Parameters {
  readonly query?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
  readonly extensions?: unknown;
}

type Asking = Pick<FastifyRequest, "method" | "url" | "body">;

/** What a request asks to be carried out, or why that cannot be told. */
export function operationOf(request: Asking): OperationRequest | GraphQLError {
  const parameters = parametersOf(request);
  if (parameters instanceof GraphQLError) return parameters;
  const { query, operationName = null, variables = null, extensions = null } = parameters;
  if (typeof query !== "string" || query === "")
    return refusal("`query` must be a GraphQL document.");
  if (operationName !== null && typeof operationName !== "string") {
    return refusal("`operationName` must be a string.");
  }
  if (variables !== null && !isObject(variables)) return refusal("`variables` must be an object.");
  if (extensions !== null && !isObject(extensions)) {
    return refusal("`extensions` must be an object.");
  }
  return { query, operationName, variables };
}

/** Whether it brings what is nobody's but a server's with such extensions. */
export function hasExtensions(request: Asking): boolean {
  const parameters = parametersOf(request);
  return !(parameters instanceof GraphQLError) && parameters.extensions != null;
}

function parametersOf({ method, url, body }: Asking): Parameters | GraphQLError {
  if (method === "POST") return isObject(body) ? body : refusal("The body must be a JSON object.");
  const search = new URLSearchParams(url.split("?", 2)[1]);
  const names = ["query", "operationName", "variables", "extensions"];
  const repeated = names.find((name) => search.getAll(name).length > 1);
  if (repeated !== undefined) return refusal(`\`${repeated}\` may be given once only.`);
  try {
    return {
      query: search.get("query"),
      operationName: search.get("operationName"),
      variables: JSON.parse(search.get("variables") || "null"),
      extensions: JSON.parse(search.get("extensions") || "null"),
    };
  } catch {
    return refusal("`variables` and `extensions` must be JSON.");
  }
}

function refusal(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "BAD_REQUEST" } });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
