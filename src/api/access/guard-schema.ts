import type { GraphQLField, GraphQLObjectType, GraphQLSchema } from "graphql";
import { TrackerError } from "../../domain/errors.js";
import type { Caller } from "./key-ring.js";

/** Carried by every operation. */
export interface CallerContext {
  readonly caller: Caller;
}

/**
 * Puts the question who asks before every root field there is, so that neither a new field nor a new
 * way in can forget it: all need a caller, and mutations a writer.
 */
export function guardSchema(schema: GraphQLSchema): void {
  for (const field of fieldsOf(schema.getQueryType())) guard(field, "resolve", requireCaller);
  for (const field of fieldsOf(schema.getMutationType())) guard(field, "resolve", requireWriter);
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

function requireWriter(context: Partial<CallerContext>): void {
  if (requireCaller(context).role === "WRITER") return;
  throw new TrackerError("FORBIDDEN", "This key only reads; mutations need one of a writer.");
}
