import { Prisma } from "../../postgres/prisma-client/client.js";
import { type ValueOf, written } from "../../postgres/statement.js";
import {
  authorsOf,
  type CommitFilter,
  literal,
  REPOSITORY_ID,
  reachabilities,
  repositoriesOf,
  SINCE,
  showsWords,
  UNTIL,
} from "./commit-filter.js";
import {
  type DateKey,
  type End,
  fromKeys,
  type PageQuery,
  pageShape,
  wayOf,
} from "./commit-order.js";

/** A page by committer date. */
export type DateQuery = PageQuery<DateKey>;

/** All that the texts below depend on. */
export function dateShape(query: DateQuery): string {
  return `${pageShape(query)} ${endOf(query, "low")} ${endOf(query, "high")}`;
}

/**
 * From where such a page is read, as rows `c` of `commit`: an index that holds the filter's columns
 * before the date. Where the filter is several spans of such an index (both values of `reachable`, each
 * spelling of an author, each repository of a limited key), a page's worth of keys is read of each, and merged.
 *
 * A repository is bounds on the index's columns in its order, not equality: with equality the planner
 * may as well read everybody's commits in order and pick, and for one rarer than the average that is all
 * of them. An author is equality: it is one of many, so that their own index always looks best.
 */
export function fromDates(query: DateQuery): Prisma.Sql {
  const way = wayOf(query);
  const index = indexFor(query.filter);
  const order = [
    ...index.columns,
    Prisma.sql`c.committed_at`,
    ...index.rest.map(({ column }) => column),
  ];
  const span = Prisma.sql`
    from commit c
   where ${index.span} and ${bound(index, query, "low")} and ${bound(index, query, "high")}
     and ${showsWords(query.filter)}
   order by ${list(order.map((column) => Prisma.sql`${column} ${way}`))}
   limit ${written(query.limit)}`;
  if (index.spans === null) return span;
  if (query.filter.repositoryId !== null) {
    // Few spans: their rows at once.
    return Prisma.sql`
      from ${index.spans} cross join lateral (select c.* ${span}) as c
     order by c.committed_at ${way}, c.oid ${way} limit ${written(query.limit)}`;
  }
  return fromKeys(
    Prisma.sql`
      select own.* from ${index.spans} cross join lateral (
        select c.repository_id, c.oid, c.committed_at ${span}) as own
       order by own.committed_at ${way}, own.repository_id ${way}, own.oid ${way}
       limit ${written(query.limit)}`,
    dateOrder(query),
  );
}

/** From the same page of those of the hits `hit`. */
export function dateKeysOfHits(query: DateQuery): Prisma.Sql {
  const within = (end: End) =>
    query[end] === null
      ? Prisma.sql`true`
      : Prisma.sql`(k.committed_at, k.repository_id, k.oid) ${signOf(end)}
          (${DATE[end]}::timestamptz, ${REPOSITORY[end]}::int, decode(${OID[end]}, 'hex'))`;
  return Prisma.sql`
    select k.repository_id, k.oid, k.committed_at from hit k
     where ${within("low")} and ${within("high")} order by ${dateOrder(query)} limit ${written(query.limit)}`;
}

/** By the keys' own columns: by those of `feed_event` the planner would read all of it in order. */
export function dateOrder(query: DateQuery): Prisma.Sql {
  const way = wayOf(query);
  return Prisma.sql`k.committed_at ${way}, k.repository_id ${way}, k.oid ${way}`;
}

type AtEnds = Readonly<Record<End, ValueOf<DateQuery>>>;
const atEnds = (of: (key: DateKey) => unknown): AtEnds => ({
  low: ({ low }) => low && of(low),
  high: ({ high }) => high && of(high),
});
const DATE = atEnds(({ committedAt }) => committedAt);
const REPOSITORY = atEnds(({ repositoryId }) => repositoryId);
const OID = atEnds(({ oid }) => oid);

const signOf = (end: End) => (end === "low" ? Prisma.sql`>` : Prisma.sql`<`);

interface DateIndex {
  /** The spans of the index to merge; null: it is one. And which rows are of one. */
  readonly spans: Prisma.Sql | null;
  readonly span: Prisma.Sql;
  /** Columns before the date, bounded by these values. */
  readonly columns: readonly Prisma.Sql[];
  readonly values: readonly Prisma.Sql[];
  /** What tells commits of one date apart, and of the key at an end. */
  readonly rest: readonly { column: Prisma.Sql; at: (end: End) => Prisma.Sql }[];
}

const BY_OID = {
  column: Prisma.sql`c.oid`,
  at: (end: End) => Prisma.sql`decode(${OID[end]}, 'hex')`,
};
/** Where all of a span is one repository's: before or after the key's, all oids are. */
const BY_OID_IN_SPAN = {
  column: Prisma.sql`c.oid`,
  at: (end: End) => Prisma.sql`
    case when a.repository_id > ${REPOSITORY[end]}::int then ''::bytea
         when a.repository_id = ${REPOSITORY[end]}::int then decode(${OID[end]}, 'hex')
         else decode(repeat('ff', 65), 'hex') end`,
};
const BY_REPOSITORY = {
  column: Prisma.sql`c.repository_id`,
  at: (end: End) => Prisma.sql`${REPOSITORY[end]}::int`,
};

function indexFor(filter: CommitFilter): DateIndex {
  const [value, ...others] = reachabilities(filter);
  const isOne = others.length === 0;
  const both = Prisma.sql`unnest('{true,false}'::boolean[]) as r(reachable)`;
  const isReachable = isOne ? literal(value === true) : Prisma.sql`r.reachable`;
  if (filter.author !== undefined) {
    const authors = Prisma.sql`(${authorsOf(filter)}) as a`;
    return {
      spans: isOne ? authors : Prisma.sql`${authors} cross join ${both}`,
      span: Prisma.sql`c.repository_id = a.repository_id and c.author_hash = a.author_hash
        and c.reachable = ${isReachable}`,
      columns: [],
      values: [],
      rest: [BY_OID_IN_SPAN],
    };
  }
  const reachable = {
    spans: isOne ? null : both,
    span: Prisma.sql`true`,
    columns: [Prisma.sql`c.reachable`],
    values: [isReachable],
  };
  const repositories = repositoriesOf(filter);
  if (repositories !== null) {
    const each = Prisma.sql`${repositories} as a`;
    return {
      ...reachable,
      spans: isOne ? each : Prisma.sql`${each} cross join ${both}`,
      columns: [Prisma.sql`c.repository_id`, ...reachable.columns],
      values: [Prisma.sql`a.repository_id`, ...reachable.values],
      rest: [BY_OID_IN_SPAN],
    };
  }
  if (filter.repositoryId === null) return { ...reachable, rest: [BY_REPOSITORY, BY_OID] };
  return {
    ...reachable,
    columns: [Prisma.sql`c.repository_id`, ...reachable.columns],
    values: [Prisma.sql`${REPOSITORY_ID}::int`, ...reachable.values],
    rest: [BY_OID],
  };
}

/** What bounds an end of the page: one thing, since of two PostgreSQL would begin to read at either. */
function endOf(query: DateQuery, end: End): "key" | "date" | "nothing" {
  const key = query[end];
  const date = end === "low" ? query.filter.since : query.filter.until;
  if (key === null) return date === undefined ? "nothing" : "date";
  if (date === undefined) return "key";
  return (end === "low" ? key.committedAt >= date : key.committedAt <= date) ? "key" : "date";
}

function bound({ columns, values, rest }: DateIndex, query: DateQuery, end: End): Prisma.Sql {
  const kind = endOf(query, end);
  const sign = signOf(end);
  if (kind === "key") {
    const left = [...columns, Prisma.sql`c.committed_at`, ...rest.map(({ column }) => column)];
    const right = [
      ...values,
      Prisma.sql`${DATE[end]}::timestamptz`,
      ...rest.map(({ at }) => at(end)),
    ];
    return Prisma.sql`(${list(left)}) ${sign} (${list(right)})`;
  }
  const date = Prisma.sql`${end === "low" ? SINCE : UNTIL}::timestamptz`;
  const left = kind === "date" ? [...columns, Prisma.sql`c.committed_at`] : columns;
  const right = kind === "date" ? [...values, date] : values;
  if (left.length === 0) return Prisma.sql`true`;
  return Prisma.sql`(${list(left)}) ${sign}= (${list(right)})`;
}

function list(parts: readonly Prisma.Sql[]): Prisma.Sql {
  return Prisma.join([...parts], ", ");
}
