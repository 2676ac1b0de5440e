import { authorsOf, type CommitFilter, reachabilities, showsWords } from "./commit-filter.js";
import { type DateKey, ends, type Page, readingDirection, type Stretch } from "./commit-order.js";
import { Prisma } from "./prisma-client/client.js";

/**
 * The keys of a page by committer date, each read from an index that holds the filter's columns before
 * the date: for both values of `reachable` and for each spelling of an author a page's worth, merged.
 *
 * A repository is bounds on the index's columns in its order, not equality: with equality the planner
 * may as well read everybody's commits in order and pick, and for one rarer than the average that is all
 * of them. An author is equality: it is one of many, so that their own index always looks best.
 */
export function keysByDate(
  filter: CommitFilter,
  stretch: Stretch<DateKey>,
  page: Page,
): Prisma.Sql {
  const { low, high } = ends(stretch, page);
  const way = readingDirection(page);
  const index = indexFor(filter);
  const order = [
    ...index.columns,
    Prisma.sql`c.committed_at`,
    ...index.rest.map(({ column }) => column),
  ];
  return Prisma.sql`
    select own.* from ${index.spans} cross join lateral (
      select c.repository_id, c.oid, c.committed_at from commit c
       where ${index.span} and ${lowEnd(index, filter.since, low)}
         and ${highEnd(index, filter.until, high)} and ${showsWords(filter)}
       order by ${list(order.map((column) => Prisma.sql`${column} ${way}`))}
       limit ${page.count + 1}) as own
     order by own.committed_at ${way}, own.repository_id ${way}, own.oid ${way}
     limit ${page.count + 1}`;
}

/** Whether a row `k` is within the stretch. */
export function isWithin(stretch: Stretch<DateKey>, page: Page): Prisma.Sql {
  const { low, high } = ends(stretch, page);
  const compare = (sign: Prisma.Sql, key: DateKey | null) =>
    key === null
      ? Prisma.sql`true`
      : Prisma.sql`(k.committed_at, k.repository_id, k.oid) ${sign}
          (${key.committedAt}::timestamptz, ${key.repositoryId}::int, decode(${key.oid}, 'hex'))`;
  return Prisma.sql`${compare(Prisma.sql`>`, low)} and ${compare(Prisma.sql`<`, high)}`;
}

interface DateIndex {
  /** The spans of the index to merge, and which rows are of one. */
  readonly spans: Prisma.Sql;
  readonly span: Prisma.Sql;
  /** Columns before the date, bounded by these values. */
  readonly columns: readonly Prisma.Sql[];
  readonly values: readonly Prisma.Sql[];
  /** What tells commits of one date apart, and of which key. */
  readonly rest: readonly { column: Prisma.Sql; of: (key: DateKey) => Prisma.Sql }[];
}

const OID = {
  column: Prisma.sql`c.oid`,
  of: ({ oid }: DateKey) => Prisma.sql`decode(${oid}, 'hex')`,
};
/** Where all of a stretch is one repository's: before or after the key's, all oids are. */
const OID_IN_SPAN = {
  column: Prisma.sql`c.oid`,
  of: ({ repositoryId, oid }: DateKey) => Prisma.sql`
    case when a.repository_id > ${repositoryId}::int then ''::bytea
         when a.repository_id = ${repositoryId}::int then decode(${oid}, 'hex')
         else decode(repeat('ff', 65), 'hex') end`,
};
const REPOSITORY = {
  column: Prisma.sql`c.repository_id`,
  of: ({ repositoryId }: DateKey) => Prisma.sql`${repositoryId}::int`,
};

function indexFor(filter: CommitFilter): DateIndex {
  const { repositoryId, author } = filter;
  const reachable = {
    spans: Prisma.sql`unnest(${reachabilities(filter)}::boolean[]) as r(reachable)`,
    columns: [Prisma.sql`c.reachable`],
    values: [Prisma.sql`r.reachable`],
    span: Prisma.sql`true`,
  };
  if (author !== undefined) {
    return {
      spans: Prisma.sql`(${authorsOf(filter)}) as a cross join ${reachable.spans}`,
      span: Prisma.sql`c.repository_id = a.repository_id and c.author_hash = a.author_hash
        and c.reachable = r.reachable`,
      columns: [],
      values: [],
      rest: [OID_IN_SPAN],
    };
  }
  if (repositoryId === null) return { ...reachable, rest: [REPOSITORY, OID] };
  return {
    ...reachable,
    columns: [Prisma.sql`c.repository_id`, ...reachable.columns],
    values: [Prisma.sql`${repositoryId}::int`, ...reachable.values],
    rest: [OID],
  };
}

function lowEnd(index: DateIndex, since: Date | undefined, key: DateKey | null): Prisma.Sql {
  const isAtKey = key !== null && (since === undefined || key.committedAt >= since);
  return isAtKey ? keyEnd(index, key, Prisma.sql`>`) : dateEnd(index, since, Prisma.sql`>=`);
}

function highEnd(index: DateIndex, until: Date | undefined, key: DateKey | null): Prisma.Sql {
  const isAtKey = key !== null && (until === undefined || key.committedAt <= until);
  return isAtKey ? keyEnd(index, key, Prisma.sql`<`) : dateEnd(index, until, Prisma.sql`<=`);
}

/** One bound an end: of two, PostgreSQL would begin to read at either. */
function dateEnd(
  { columns, values }: DateIndex,
  date: Date | undefined,
  sign: Prisma.Sql,
): Prisma.Sql {
  const dated = date === undefined ? [] : [Prisma.sql`${date}::timestamptz`];
  const left = [...columns, ...dated.map(() => Prisma.sql`c.committed_at`)];
  if (left.length === 0) return Prisma.sql`true`;
  return Prisma.sql`(${list(left)}) ${sign} (${list([...values, ...dated])})`;
}

function keyEnd({ columns, values, rest }: DateIndex, key: DateKey, sign: Prisma.Sql): Prisma.Sql {
  const left = [...columns, Prisma.sql`c.committed_at`, ...rest.map(({ column }) => column)];
  const at = Prisma.sql`${key.committedAt}::timestamptz`;
  return Prisma.sql`(${list(left)}) ${sign} (${list([...values, at, ...rest.map(({ of }) => of(key))])})`;
}

function list(parts: readonly Prisma.Sql[]): Prisma.Sql {
  return Prisma.join([...parts], ", ");
}
