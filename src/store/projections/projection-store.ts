import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import type { FeedStretch } from "../../projections/projection.js";

/**
 * The events that a projection does not hold yet, as rows of `id` and `sequence`, in the snapshot of the
 * statement that this is part of. Costs an index read of as many.
 */
export function unfilledEvents(name: string): Prisma.Sql {
  return Prisma.sql`
    select e.id, e.sequence from feed_event e
     where e.sequence > (select p.sequence from projection p where p.name = ${name})`;
}

/** How far a projection is filled, with its row locked; null while somebody else has it. */
export async function takeMark(tx: Transaction, name: string): Promise<bigint | null> {
  const [row] = await tx.$queryRaw<{ sequence: bigint }[]>`
    select sequence from projection where name = ${name} for update skip locked`;
  return row?.sequence ?? null;
}

export async function moveMark(tx: Transaction, name: string, sequence: bigint): Promise<void> {
  await tx.$executeRaw`update projection set sequence = ${sequence} where name = ${name}`;
}

/**
 * Keeps every projection as filled as it is until the transaction ends, and says how far that is. For
 * whoever changes or deletes commits that may be filled: what it writes to a projection afterwards meets
 * all that has been filled, and nothing is filled from what was before.
 *
 * In the order of locks it stands after a repository's row, before that of whoever changes statistics, the
 * repository's work and the feed's row. Whoever fills takes no lock but its mark's. Any number may hold the
 * marks at once.
 */
export async function holdMarks(tx: Transaction): Promise<ReadonlyMap<string, bigint>> {
  const rows = await tx.$queryRaw<{ name: string; sequence: bigint }[]>`
    select name, sequence from projection order by name for share`;
  return new Map(rows.map(({ name, sequence }) => [name, sequence]));
}

/** The same of one projection, for whoever changes what only that is about. */
export async function holdMark(tx: Transaction, name: string): Promise<bigint> {
  const [row] = await tx.$queryRaw<{ sequence: bigint }[]>`
    select sequence from projection where name = ${name} for share`;
  if (row === undefined) throw new Error(`there is no projection ${name}`);
  return row.sequence;
}

/** The next whole events until `commitsMax` commits are reached; null when there are none. */
export async function findStretch(
  tx: Transaction,
  after: bigint,
  commitsMax: number,
): Promise<(FeedStretch & { readonly isFull: boolean }) | null> {
  const [row] = await tx.$queryRaw<{ upTo: bigint | null; isFull: boolean | null }[]>`
    with next as (
      select e.sequence, e.id from feed_event e
       where e.sequence > ${after} order by e.sequence limit ${commitsMax}),
    sized as (
      select sequence, coalesce((
               select c.position + 1 from commit c where c.event_id = next.id
                order by c.position desc limit 1), 0) as size
        from next),
    summed as (
      select sequence, size, sum(size) over (order by sequence) as total,
             row_number() over (order by sequence) as number from sized)
    select max(sequence) as "upTo", max(total) >= ${commitsMax} or max(number) = ${commitsMax} as "isFull"
      from summed where total - size < ${commitsMax}`;
  const { upTo, isFull } = row ?? { upTo: null, isFull: null };
  return upTo === null ? null : { after, upTo, isFull: isFull === true };
}
