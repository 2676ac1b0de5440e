import { fold } from "../../domain/fold.js";
import { keyOfId } from "../../domain/global-id.js";
import type { Repository, ShownState } from "../../domain/repository.js";
import { nameKey } from "../../domain/repository-name.js";
import type { Database } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import type { StatementReader } from "../../postgres/reader.js";
import { type BoundedCount, countRows, inOrder, parseRowId } from "../list.js";
import { REPOSITORY_COLUMNS, REPOSITORY_SOURCE } from "../rows.js";

/** Of a repository's id, or of the number in it. Null for what is neither. */
export function parseRepositoryId(ref: string): number | null {
  return parseRowId(keyOfId("Repository", ref));
}

/**
 * By id, or by `owner/name` in any letter case, former names included. Null when there is
 * none. From where commits are read too, so that a repository is never ahead of what is shown of it;
 * from the primary when it is not there yet: whoever has just added a repository finds it.
 */
export async function findRepository(
  { reader, freshReader }: Database,
  ref: string,
): Promise<Repository | null> {
  const found = await findIn(reader, ref);
  return found === null && reader.mayLag ? await findIn(freshReader, ref) : found;
}

/** What a reference says: a name's key, or an id; null: neither. */
function readRef(ref: string): { key: string } | { id: number } | null {
  const [owner, name, ...rest] = ref.split("/");
  if (owner !== undefined && name !== undefined && rest.length === 0) {
    return ref.includes("\0") ? null : { key: nameKey({ owner, name }) }; // PostgreSQL refuses it
  }
  const id = parseRepositoryId(ref);
  return id === null ? null : { id };
}

async function findIn(reader: StatementReader, ref: string): Promise<Repository | null> {
  const wanted = readRef(ref);
  if (wanted === null) return null;
  if ("key" in wanted) {
    const [named] = await reader.query<Repository>(Prisma.sql`
      select ${REPOSITORY_COLUMNS}
        from repository_name n join (${REPOSITORY_SOURCE}) on r.id = n.repository_id
       where n.name_key = ${wanted.key}`);
    return named ?? null;
  }
  const { id } = wanted;
  const [found] = await reader.query<Repository>(Prisma.sql`
    select ${REPOSITORY_COLUMNS} from ${REPOSITORY_SOURCE}
     where r.id = ${id}::int and r.removed_at is null`);
  return found ?? null;
}

/**
 * The ids of those that `findRepository` finds, in the order of the references, null for what it does
 * not: one statement, however many they are.
 */
export async function findRepositoryIds(
  reader: StatementReader,
  refs: readonly string[],
): Promise<(number | null)[]> {
  const wanted = refs.map(readRef);
  const keys = wanted.map((one) => (one !== null && "key" in one ? one.key : null));
  const ids = wanted.map((one) => (one !== null && "id" in one ? one.id : null));
  const rows = await reader.query<{ place: number; id: number }>(Prisma.sql`
    select asked.place::int as place, n.repository_id as id
      from unnest(${keys}::text[]) with ordinality as asked(key, place)
      join repository_name n on n.name_key = asked.key
     union all
    select asked.place::int, r.id
      from unnest(${ids}::int[]) with ordinality as asked(id, place)
      join repository r on r.id = asked.id and r.removed_at is null`);
  const found = new Map(rows.map(({ place, id }) => [place, id]));
  return refs.map((_, index) => found.get(index + 1) ?? null);
}

/**
 * In no order; removed ones too, since the feed's old events point to them. What a replica does not
 * have yet is read from the primary.
 */
export async function findRepositoriesByIds(
  { reader, freshReader }: Database,
  ids: readonly number[],
): Promise<Repository[]> {
  const found = await findByIds(reader, ids);
  const known = new Set(found.map(({ id }) => id));
  const missing = ids.filter((id) => !known.has(id));
  if (missing.length > 0 && reader.mayLag) found.push(...(await findByIds(freshReader, missing)));
  return found;
}

/** In no order; removed ones too. */
export async function findByIds(
  reader: StatementReader,
  ids: readonly number[],
): Promise<Repository[]> {
  return await reader.query<Repository>(Prisma.sql`
    select ${REPOSITORY_COLUMNS} from ${REPOSITORY_SOURCE} where r.id = any(${ids}::int[])`);
}

export interface RepositoryFilter {
  readonly states?: readonly ShownState[] | undefined;
  readonly owner?: string | undefined;
  /** Part of the name, without the owner. */
  readonly nameContains?: string | undefined;
}

/** What repositories are ordered by: when they were added, their name, their newest commit. */
export type RepositoryOrder = "ADDED" | "NAME" | "ACTIVITY";

/** A repository's place in such an order: its value there (none for `ADDED`), then its id. */
export interface RepositoryKey {
  readonly value: string | null;
  readonly id: number;
}

export interface RepositoryPage {
  /** One more is read, if there are more. */
  readonly count: number;
  readonly from: "start" | "end";
  readonly after: RepositoryKey | null;
  readonly before: RepositoryKey | null;
  readonly order: RepositoryOrder;
  readonly direction: "ASC" | "DESC";
}

/** Each has an index, which ends with the id. */
const ORDERS = {
  ADDED: null,
  NAME: { column: Prisma.sql`sort_name`, type: Prisma.sql`text`, value: Prisma.sql`sort_name` },
  ACTIVITY: {
    column: Prisma.sql`active_at`,
    type: Prisma.sql`timestamptz`,
    value: Prisma.sql`to_char(active_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
  },
} as const;

/** With their places; one more than asked for where there are more, at the page's far end. */
export async function listRepositories(
  { reader }: Database,
  filter: RepositoryFilter,
  page: RepositoryPage,
): Promise<{ repository: Repository; key: RepositoryKey }[]> {
  const keys = await findKeys(reader, filter, page);
  const rows = await findByIds(
    reader,
    keys.map(({ id }) => id),
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return inOrder(keys, page).flatMap((key) => {
    const repository = byId.get(key.id);
    return repository === undefined ? [] : [{ repository, key }];
  });
}

/** The keys of a page, in the order they are read. */
export async function findKeys(
  reader: StatementReader,
  filter: RepositoryFilter,
  { count, from, after, before, order, direction }: RepositoryPage,
): Promise<RepositoryKey[]> {
  const by = ORDERS[order];
  const way = (direction === "ASC") === (from === "start") ? Prisma.sql`asc` : Prisma.sql`desc`;
  const [low, high] = direction === "ASC" ? [after, before] : [before, after];
  const beyond = (sign: Prisma.Sql, key: RepositoryKey) =>
    by === null
      ? Prisma.sql`id ${sign} ${key.id}::int`
      : Prisma.sql`(${by.column}, id) ${sign} (${key.value}::${by.type}, ${key.id}::int)`;
  const conditions = [
    matches(filter),
    ...(low === null ? [] : [beyond(Prisma.sql`>`, low)]),
    ...(high === null ? [] : [beyond(Prisma.sql`<`, high)]),
  ];
  return await reader.query<RepositoryKey>(Prisma.sql`
    select ${by === null ? Prisma.sql`null` : by.value} as value, id from repository
     where ${Prisma.join(conditions, " and ")}
     order by ${by === null ? Prisma.empty : Prisma.sql`${by.column} ${way},`} id ${way}
     limit ${count + 1}`);
}

export async function countRepositories(
  { reader }: Database,
  filter: RepositoryFilter,
): Promise<BoundedCount> {
  return await countRows(reader, Prisma.sql`from repository where ${matches(filter)}`);
}

function matches({ states, owner, nameContains }: RepositoryFilter): Prisma.Sql {
  // PostgreSQL refuses a zero in a parameter.
  const asked = (text: string) => fold(text, "NFC").replaceAll("\0", "\uFFFD");
  return Prisma.join(
    [
      Prisma.sql`removed_at is null`,
      ...(states === undefined
        ? []
        : [Prisma.sql`state = any(${states.filter(isOfRows)}::text[]::repository_state[])`]),
      ...(owner === undefined ? [] : [Prisma.sql`${folded("owner")} = ${asked(owner)}`]),
      ...(nameContains === undefined
        ? []
        : [Prisma.sql`position(${asked(nameContains)} in ${folded("name")}) > 0`]),
    ],
    " and ",
  );
}

/** `REMOVED` is none of a row's; nothing that is removed is in a list. */
function isOfRows(state: ShownState): boolean {
  return state !== "REMOVED";
}

/** GitHub's names are ASCII, of which "C" and `fold` make the same, whatever the database's own locale. */
function folded(column: "owner" | "name"): Prisma.Sql {
  return Prisma.sql`lower(${Prisma.raw(column)} collate "C")`;
}
