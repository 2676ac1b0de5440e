import { OperationTypeNode } from "graphql";
import { type Database, onOneReader, onPrimary } from "../store/database.js";
import type { ApiDependencies } from "./dependencies.js";
import { createLoaders, type Loaders } from "./loaders.js";

/** What the process has; each operation gets its own view of it. */
export type ApiParts = Omit<ApiDependencies, keyof Loaders>;

export interface OperationApis {
  /** For what is no operation of its own. */
  readonly onPrimary: ApiDependencies;
  /** The one for an operation, known by its context. */
  of(type: OperationTypeNode, context: object): ApiDependencies;
}

/**
 * From where an operation reads. A mutation from the primary throughout, so that its answer shows what
 * it has written; a subscription too, since a replica may not have an event's rows yet. A query from a
 * replica where there is one, and always the same one, so that its parts are of one time.
 */
export function createOperationApis(parts: ApiParts): OperationApis {
  const primary = standOn(onPrimary(parts.database), parts);
  const ofQueries = new WeakMap<object, ApiDependencies>();
  return {
    onPrimary: primary,
    of(type, context) {
      if (type !== OperationTypeNode.QUERY) return primary;
      const found = ofQueries.get(context) ?? standOn(onOneReader(parts.database), parts);
      ofQueries.set(context, found);
      return found;
    },
  };
}

function standOn(database: Database, parts: ApiParts): ApiDependencies {
  return { ...parts, database, ...createLoaders(database) };
}
