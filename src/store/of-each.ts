import { Prisma } from "../postgres/prisma-client/client.js";
import type { StatementReader } from "../postgres/reader.js";

/** What statistics are of: a repository's id, or null for all repositories together. */
export type Subject = number | null;

/** One of the subjects of a statement. */
export interface SubjectSql {
  /** A repository's id, or `ALL_TOGETHER`. */
  readonly id: Prisma.Sql;
  /** The condition on `repository_id`. */
  readonly isOf: Prisma.Sql;
  /**
   * The same for the table that a reading begins with: where a reader shows some repositories alone, with
   * their ids.
   */
  readonly beginsWith: Prisma.Sql;
}

/** In place of a repository's id, where what is counted of all together has one. */
export const ALL_TOGETHER = 0;

/**
 * The same statement for each subject, in one. Its rows carry their `subject`. All together are a
 * statement of their own, asked for alone.
 */
export function ofEach(
  subjects: readonly Subject[],
  statement: (subject: SubjectSql) => Prisma.Sql,
  order = Prisma.sql`subject`,
  { isLimited = false }: Pick<StatementReader, "isLimited"> = {},
): Prisma.Sql {
  if (subjects.includes(null)) {
    const all = Prisma.sql`true`;
    const shown = Prisma.sql`repository_id = any(array(select id from repository))`;
    const together = statement({
      id: Prisma.sql`${ALL_TOGETHER}::int`,
      isOf: all,
      beginsWith: isLimited ? shown : all,
    });
    return Prisma.sql`
      select null::int as subject, found.* from (${together}) as found order by ${order}`;
  }
  const isOf = Prisma.sql`repository_id = wanted.subject`;
  const each = statement({ id: Prisma.sql`wanted.subject`, isOf, beginsWith: isOf });
  return Prisma.sql`
    select wanted.subject, found.*
      from unnest(${subjects}::int[]) as wanted(subject) cross join lateral (${each}) as found
     order by ${order}`;
}

/** For each subject what its rows make. */
export function subjectsOf<Of extends Subject, Row, Value>(
  subjects: readonly Of[],
  rows: readonly (Row & { readonly subject: Of })[],
  valueFrom: (rows: readonly Row[]) => Value,
): Map<Of, Value> {
  const found = new Map<Of, Row[]>(subjects.map((one) => [one, []]));
  for (const row of rows) found.get(row.subject)?.push(row);
  return new Map([...found].map(([subject, own]) => [subject, valueFrom(own)]));
}
