import { Prisma } from "../../postgres/prisma-client/client.js";

/** A person's place: who has most commits first, the latest first among equals. */
export interface AuthorKey {
  readonly commitCount: number;
  readonly lastCommitAt: Date;
  readonly personKey: string;
}

export interface AuthorPage {
  /** One more is read, if there are more. */
  readonly count: number;
  readonly from: "start" | "end";
  readonly after: AuthorKey | null;
  readonly before: AuthorKey | null;
}

/** The order of a page, from its near end to its far end. */
export function orderOf({ from }: AuthorPage): Prisma.Sql {
  const [down, up] =
    from === "start" ? [Prisma.sql`desc`, Prisma.sql`asc`] : [Prisma.sql`asc`, Prisma.sql`desc`];
  return Prisma.sql`commit_count ${down}, last_at ${down}, person_key ${up}`;
}

/** Whether a row is within a page's cursors. */
export function isBetween({ after, before }: AuthorPage): Prisma.Sql {
  const beyond = (sign: Prisma.Sql, other: Prisma.Sql, key: AuthorKey) => Prisma.sql`
    ((commit_count, last_at) ${sign} (${key.commitCount}::int, ${key.lastCommitAt}::timestamptz)
     or (commit_count, last_at) = (${key.commitCount}::int, ${key.lastCommitAt}::timestamptz)
        and person_key ${other} ${key.personKey})`;
  const [less, more] = [Prisma.sql`<`, Prisma.sql`>`];
  const conditions = [
    ...(after === null ? [] : [beyond(less, more, after)]),
    ...(before === null ? [] : [beyond(more, less, before)]),
  ];
  return conditions.length === 0 ? Prisma.sql`true` : Prisma.join(conditions, " and ");
}

/** Whether a row's `count` is, none of the cursors' own. */
export function isBetweenCounts({ after, before }: AuthorPage): Prisma.Sql {
  return Prisma.sql`
    (${after?.commitCount ?? null}::int is null or count < ${after?.commitCount ?? null}::int)
    and (${before?.commitCount ?? null}::int is null or count > ${before?.commitCount ?? null}::int)`;
}
