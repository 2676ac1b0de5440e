import type { GraphQLField, GraphQLObjectType, GraphQLSchema } from "graphql";
import { type ApiRole, isRoleEnough } from "../../domain/api-key.js";
import { TrackerError } from "../../domain/errors.js";
import type { Caller } from "./key-ring.js";

/** Carried by every operation. */
export interface CallerContext {
  readonly caller: Caller;
}

/** The least role for a mutation. One that is not named here takes a writer. */
const LEAST_ROLES: Readonly<Record<string, ApiRole>> = {
  awaitCommit: "READER",
  addRepository: "OPERATOR",
  addRepositories: "OPERATOR",
  addOwner: "OPERATOR",
  pauseRepository: "OPERATOR",
  resumeRepository: "OPERATOR",
  refreshRepository: "OPERATOR",
  retryTask: "OPERATOR",
  verifyRepository: "OPERATOR",
};

/** The least role for a query. One that is not named here takes a reader. */
const QUERY_ROLES: Readonly<Record<string, ApiRole>> = { apiKeys: "WRITER" };

/**
 * Puts the question who asks before every root field there is, so that neither a new field nor a new
 * way in can forget it: all need a caller, and one whose role is enough.
 */
export function guardSchema(schema: GraphQLSchema): void {
  const mutations = fieldsOf(schema.getMutationType());
  const unknown = Object.keys(LEAST_ROLES).filter(
    (wanted) => !mutations.some(({ name }) => name === wanted),
  );
  if (unknown.length > 0) throw new Error(`there is no mutation ${unknown.join()}`);
  for (const field of fieldsOf(schema.getQueryType())) {
    const least = QUERY_ROLES[field.name] ?? "READER";
    guard(field, "resolve", (context) => requireRole(context, field.name, least));
  }
  for (const field of mutations) {
    const least = LEAST_ROLES[field.name] ?? "WRITER";
    guard(field, "resolve", (context) => requireRole(context, field.name, least));
  }
  for (const field of fieldsOf(schema.getSubscriptionType())) {
    guard(field, "subscribe", requireCaller);
  }
}

type Field = GraphQLField<unknown, Partial<CallerContext>>;

function fieldsOf(type: GraphQLObjectType | null | undefined): Field[] {
  return Object.values(type?.getFields() ?? {});
}

function guard(
  field: Field,
  step: "resolve" | "subscribe",
  check: (context: Partial<CallerContext>) => void,
): void {
  const run = field[step];
  if (run === undefined) throw new Error(`${field.name} has nothing to ${step}`);
  field[step] = (source, args, context, info) => {
    check(context);
    return run(source, args, context, info);
  };
}

function requireCaller({ caller }: Partial<CallerContext>): Caller {
  if (caller === undefined) throw new TrackerError("UNAUTHENTICATED", "An API key is needed.");
  return caller;
}

function requireRole(context: Partial<CallerContext>, field: string, least: ApiRole): void {
  const { role } = requireCaller(context);
  if (isRoleEnough(role, least)) return;
  const [own, other] = [role, least].map((one) => one.toLowerCase());
  const message = `This key's role is ${own}; ${field} takes ${other} at least.`;
  throw new TrackerError("FORBIDDEN", message);
}
