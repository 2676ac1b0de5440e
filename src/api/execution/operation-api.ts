import { OperationTypeNode } from "graphql";
import { type Database, onLive, onPrimary, onReader } from "../../postgres/database.js";
import type { Reader } from "../../postgres/reader.js";
import type { ApiDependencies } from "../dependencies.js";
import { createLoaders, type Loaders } from "./loaders.js";
import { createReadingPlaces } from "./reading-places.js";
import { createStatisticsReads, type StatisticsReads } from "./statistics-reads.js";

/** What the process has; each operation gets its own view of it. */
export type ApiParts = Omit<ApiDependencies, keyof Loaders | "statistics">;

/** What one operation's resolvers stand on, and they themselves, by their class. */
export interface OperationApi {
  readonly api: ApiDependencies;
  readonly resolvers: Map<unknown, object>;
}

export interface OperationApis {
  /** For what subscriptions begin with, before there is an operation. */
  readonly onLive: ApiDependencies;
  /** The one for an operation, known by its context. */
  of(type: OperationTypeNode, context: object): OperationApi;
}

/** Of the connections for reading: what is left answers everybody else meanwhile. */
const COUNTING_SHARE = 1 / 4;

/** On the context itself: a map by contexts would keep what each held until the next full collection. */
const OWN = Symbol("the operation's own view of the API");

/**
 * From where an operation reads. A mutation from the primary throughout, so that its answer shows what
 * it has written; a subscription too, since a replica may not have an event's rows yet, but on
 * connections of its own, so that no mutation waits for those who follow. A query from a replica where
 * there is one, and always the same one, so that its parts are of one time.
 */
export function createOperationApis(given: ApiParts): OperationApis {
  const { readConnectionsMax } = given.database;
  const counting = createReadingPlaces(Math.ceil(readConnectionsMax * COUNTING_SHARE));
  const { database } = given;
  const standOn = (own: Database) => operationApi(own, given, createStatisticsReads(own, counting));
  const primary = standOn(onPrimary(database));
  const live = standOn(onLive(database));
  const viewOf = (reader: Reader) => standOn(onReader(database, reader));
  let shared: OperationApi | undefined;
  const ofQuery = () => {
    const { reader } = database;
    if (reader.mayLag) return viewOf(reader);
    shared ??= viewOf(reader); // there is one server only
    return shared;
  };
  return {
    onLive: live.api,
    of(type, context: { [OWN]?: OperationApi }) {
      if (type === OperationTypeNode.MUTATION) return primary;
      if (type === OperationTypeNode.SUBSCRIPTION) return live;
      context[OWN] ??= ofQuery();
      return context[OWN];
    },
  };
}

/** The parts by inheritance: to copy them for each operation would cost more than all the rest. */
function operationApi(
  database: Database,
  parts: ApiParts,
  statistics: StatisticsReads,
): OperationApi {
  const own = { database, statistics, ...createLoaders(database, statistics) };
  const api: ApiDependencies = Object.assign(Object.create(parts), own);
  return { api, resolvers: new Map() };
}
