import { decodeCursor, encodeCursor, foreignCursor } from "../../../domain/cursor.js";
import type { Repository } from "../../../domain/repository.js";
import type { Database } from "../../../postgres/database.js";
import {
  countRepositories,
  listRepositories,
  type RepositoryKey,
  type RepositoryOrder,
} from "../../../store/repositories/repository-reader.js";
import { decodeIdCursor, requireIdOfCursor } from "../../paging/arguments.js";
import { type Connection, pageRequest, toConnection } from "../../paging/page.js";
import type { RepositoryPageArguments } from "./repository-list.type.js";

/** A page of the tracked repositories. */
export async function listRepositoryPage(
  database: Database,
  { filter, orderBy, ...page }: RepositoryPageArguments,
): Promise<Connection<Repository>> {
  const condition = {
    states: filter?.states ?? undefined,
    owner: filter?.owner ?? undefined,
    nameContains: filter?.nameContains ?? undefined,
  };
  const order = orderBy?.field ?? "ADDED";
  const request = pageRequest(page, (cursor, field) => decodeKey(order, cursor, field));
  const rows = await listRepositories(database, condition, {
    ...request,
    order,
    direction: orderBy?.direction ?? "ASC",
  });
  const keys = new Map(rows.map(({ repository, key }) => [repository.id, key]));
  return toConnection(
    rows.map(({ repository }) => repository),
    request,
    ({ id }) => encodeKey(order, keys.get(id) ?? { id, value: null }),
    () => countRepositories(database, condition),
  );
}

function encodeKey(order: RepositoryOrder, { value, id }: RepositoryKey): string {
  return encodeCursor(value === null ? [id] : [order, value, id]);
}

const VALUES = {
  NAME: /^[^\0]{1,200}$/,
  ACTIVITY: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
};

function decodeKey(order: RepositoryOrder, cursor: string, field: string): RepositoryKey {
  if (order === "ADDED") return { value: null, id: decodeIdCursor(cursor, field) };
  const [of, value, id] = decodeCursor(cursor, 3, field);
  if (of !== order || typeof value !== "string" || !VALUES[order].test(value)) {
    throw foreignCursor(field);
  }
  if (order === "ACTIVITY" && Number.isNaN(Date.parse(value))) throw foreignCursor(field);
  return { value, id: requireIdOfCursor(id, field) };
}
