import { LRUCache } from "lru-cache";
import type { RepositoryScope } from "../domain/repository-scope.js";
import { type Database, onReader } from "../postgres/database.js";
import type { Reader } from "../postgres/reader.js";
import { type Statement, statementName } from "../postgres/statement.js";
import { visibleIds } from "./repositories/visible-repositories.js";

/** Whose id stands in a column. */
const of = (column: string) => `${column} = any((select ids from visible)::int[])`;
/**
 * The same of what there is much of: looked up in ranges, row by row, and by no index. As a comparison the
 * planner takes it for true of nearly every row, and reads what it would read without it.
 */
const ofMany = (column: string) => `((select ranges from visible) @> ${column})::int <> 0`;

/**
 * Of each table, which rows are there for whoever is limited to some repositories. What is about no
 * repository and not for everybody is not there at all.
 */
export const VISIBLE_ROWS: Readonly<Record<string, string>> = {
  repository: of("id"),
  repository_name: of("repository_id"),
  commit: ofMany("repository_id"),
  actor: ofMany("repository_id"),
  author: ofMany("repository_id"),
  contributor: ofMany("repository_id"),
  contribution: "contributor_id in (select id from contributor)",
  activity: ofMany("repository_id"),
  feed_event: ofMany("repository_id"),
  feed_author: "sequence in (select sequence from feed_event)",
  history_rewrite: of("repository_id"),
  history_count: of("repository_id"),
  history_transfer: of("repository_id"),
  passed_commit: of("repository_id"),
  verification: of("repository_id"),
  work: `kind <> 'listing' and ${of("subject_id")}`,
  feed: "true",
  feed_gap: "true",
  projection: "true",
  // Places and hashes, which say nothing without the commits that they lead to.
  word_segment: "true",
  word_posting: "true",
  word_event: "true",
  word_hole: "false",
  owner_listing: "false",
  rate_budget: "false",
  github_request: "false",
  scheduler_turn: "false",
  transfer_turn: "false",
  email_account: "false",
  api_key: "false",
};

/** All that a database is read by. */
type Readers = {
  readonly [Name in keyof Database as Database[Name] extends Reader ? Name : never]: Reader;
};

/**
 * The same database as one that holds nothing but what a scope shows: in every statement that is read
 * each table's name stands for its visible rows. So no query, whoever writes it, has to remember that
 * there are limits, and what is visible is of the same snapshot as what is read of it.
 */
export function limitedTo(database: Database, scope: RepositoryScope): Database {
  const { text, values } = visibleIds(scope);
  const limited = (reader: Reader): Reader => ({
    query: (statement) => reader.query(limit(statement, text, values)),
    mayLag: reader.mayLag,
    isLimited: true,
  });
  const readers: Readers = {
    reader: limited(database.reader),
    primaryReader: limited(database.primaryReader),
    liveReader: limited(database.liveReader),
    freshReader: limited(database.freshReader),
    statusReader: limited(database.statusReader),
  };
  return { ...onReader(database, readers.reader), ...readers };
}

/** Statements of all limited keys, by what they were: their texts are one for all scopes. */
const LIMITED_MAX = 1_000;
const known = new LRUCache<string, Pick<Statement, "text" | "name">>({ max: LIMITED_MAX });

function limit(
  statement: Statement,
  visible: string,
  visibleValues: readonly unknown[],
): Statement {
  const { text, values } = statement;
  const own = known.get(text) ?? composed(text, visible, values.length);
  known.set(text, own);
  return { ...own, values: [...values, ...visibleValues] };
}

/**
 * `with NAME as not materialized (…)` takes the place of a table's name in all that follows it, and is
 * planned as the table is. Where the statement has tables of its own they follow.
 */
function composed(text: string, visible: string, valueCount: number) {
  const shifted = visible.replace(/\$(\d+)/g, (_, index) => `$${Number(index) + valueCount}`);
  const tables = Object.entries(VISIBLE_ROWS).map(
    ([table, rows]) => `${table} as not materialized (select * from ${table} where ${rows})`,
  );
  const limited = `
    with visible as materialized (
      select coalesce(array_agg(id), '{}') as ids,
             coalesce(range_agg(int4range(id, id, '[]')), '{}') as ranges from (${shifted}) as v),
    ${tables.join(",\n    ")}
    ${text.replace(/^\s*with\b/i, ",")}`;
  return { text: limited, name: statementName(limited) };
}
