import { OperationTypeNode } from "graphql";
import { LRUCache } from "lru-cache";
import type { RepositoryScope } from "../../domain/repository-scope.js";
import { type Database, onLive, onPrimary, onReader } from "../../postgres/database.js";
import type { Reader } from "../../postgres/reader.js";
import { limitedTo } from "../../store/limited-database.js";
import type { CallerContext } from "../access/guard-schema.js";
import { limitedParts } from "../access/limited-parts.js";
import type { ApiDependencies } from "../dependencies.js";
import { createWaitingRooms, type WaitingRooms } from "../http/waiting-room.js";
import { createLoaders, type Loaders } from "./loaders.js";
import { createReadingPlaces, type ReadingPlaces } from "./reading-places.js";
import { createStatisticsReads } from "./statistics-reads.js";

/** What the process has; each operation gets its own view of it. */
export type ApiParts = Omit<
  ApiDependencies,
  keyof Loaders | "scope" | "statistics" | "waitingRooms"
>;

/** What one operation's resolvers stand on, and they themselves, by their class. */
export interface OperationApi {
  readonly api: ApiDependencies;
  readonly resolvers: Map<unknown, object>;
}

export interface OperationApis {
  /** The one for an operation, known by its context. */
  of(type: OperationTypeNode, context: CallerContext): OperationApi;
}

/** Of the connections for reading: what is left answers everybody else meanwhile. */
const COUNTING_SHARE = 1 / 4;

/** On the context itself: a map by contexts would keep what each held until the next full collection. */
const OWN = Symbol("the operation's own view of the API");
/** Scopes of the callers of one moment, of whom there are no more keys. */
const SCOPES_MAX = 1_000;

/** What the callers of one scope have in common. */
interface ScopeApis {
  readonly primary: OperationApi;
  readonly live: OperationApi;
  ofQuery(): OperationApi;
}

/**
 * Where an operation reads, and what there is for it. A mutation reads from the primary throughout, so
 * that its answer shows what it has written; a subscription too, since a replica may not have an event's
 * rows yet, but on connections of its own, so that no mutation waits for those who follow. A query from a
 * replica where there is one, and always the same one, so that its parts are of one time. For a caller
 * whose key is limited there is nothing but what it may see.
 */
export function createOperationApis(parts: ApiParts): OperationApis {
  const waitingRooms = createWaitingRooms();
  const { readConnectionsMax } = parts.database;
  const counting = createReadingPlaces(Math.ceil(readConnectionsMax * COUNTING_SHARE));
  const places = { waitingRooms, counting };
  const unlimited = createScopeApis(parts, null, places);
  const limited = new LRUCache<string, ScopeApis>({ max: SCOPES_MAX });
  const ofScope = (scope: RepositoryScope) => {
    const found = limited.get(scope.text) ?? createScopeApis(parts, scope, places);
    limited.set(scope.text, found);
    return found;
  };
  return {
    of(type, context: CallerContext & { [OWN]?: OperationApi }) {
      const { scope } = context.caller;
      const apis = scope === null ? unlimited : ofScope(scope);
      if (type === OperationTypeNode.MUTATION) return apis.primary;
      if (type === OperationTypeNode.SUBSCRIPTION) return apis.live;
      context[OWN] ??= apis.ofQuery();
      return context[OWN];
    },
  };
}

/** Shared by all operations of the process, whoever's they are. */
interface Places {
  readonly waitingRooms: WaitingRooms;
  readonly counting: ReadingPlaces;
}

function createScopeApis(
  parts: ApiParts,
  scope: RepositoryScope | null,
  { waitingRooms, counting }: Places,
): ScopeApis {
  const shared = { scope, waitingRooms, ...(scope !== null && limitedParts(parts, scope)) };
  /** The parts by inheritance: to copy them for each operation would cost more than all the rest. */
  function standOn(whole: Database): OperationApi {
    const database = scope === null ? whole : limitedTo(whole, scope);
    const statistics = createStatisticsReads(database, counting);
    const own = { ...shared, database, statistics, ...createLoaders(database, statistics) };
    const api: ApiDependencies = Object.assign(Object.create(parts), own);
    return { api, resolvers: new Map() };
  }
  const viewOf = (reader: Reader) => standOn(onReader(parts.database, reader));
  let ofAllQueries: OperationApi | undefined;
  return {
    primary: standOn(onPrimary(parts.database)),
    live: standOn(onLive(parts.database)),
    ofQuery() {
      const { reader } = parts.database;
      if (reader.mayLag) return viewOf(reader);
      ofAllQueries ??= viewOf(reader); // there is one server only
      return ofAllQueries;
    },
  };
}
