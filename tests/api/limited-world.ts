import fc from "fast-check";
import { INGEST_KINDS } from "../../src/domain/feed-event.js";
import type { Database } from "../../src/postgres/database.js";
import { parkRepository } from "../../src/store/repositories/failure-store.js";
import { removeRepository } from "../../src/tracking/remove-repository.js";
import { line, storeEvent, storeRepository } from "./rows.js";

const OWNERS = ["acme", "Octo", "octo-labs"] as const;

/** Repositories of several owners, as the tracker may have come to know them. */
export interface World {
  readonly repositories: readonly DrawnRepository[];
}

interface DrawnRepository {
  readonly owner: string;
  /** Where it was added, before it was transferred. */
  readonly formerOwner: string | null;
  readonly isRemoved: boolean;
  readonly isFailed: boolean;
  /** Equal ones have the same commits, as forks do. */
  readonly seed: number;
  readonly events: readonly { readonly kind: (typeof INGEST_KINDS)[number]; length: number }[];
  readonly isRewritten: boolean;
}

const owner = fc.constantFrom(...OWNERS);
const rarely = fc.nat(5).map((drawn) => drawn === 0);

export const world: fc.Arbitrary<World> = fc.record({
  repositories: fc.array(
    fc.record({
      owner,
      formerOwner: fc.option(owner, { freq: 3 }),
      isRemoved: rarely,
      isFailed: rarely,
      seed: fc.integer({ min: 1, max: 3 }),
      events: fc.array(
        fc.record({
          kind: fc.constantFrom(...INGEST_KINDS),
          length: fc.integer({ min: 1, max: 4 }),
        }),
        { maxLength: 3 },
      ),
      isRewritten: fc.boolean(),
    }),
    { minLength: 5, maxLength: 9 },
  ),
});

/** What a key may be limited to. */
export const patterns: fc.Arbitrary<string[]> = fc.uniqueArray(
  fc.constantFrom(
    ...["acme/*", "octo/*", "octo-labs/*", "nobody/*"],
    ...["acme/r0", "octo/r1", "octo-labs/r2", "octo/r3", "acme/r4"],
  ),
  { minLength: 1, maxLength: 4 },
);

/** The rule, said once more: a star stands for all names. */
export function sees(
  limits: readonly string[],
  { owner, name }: { readonly owner: string; readonly name: string },
): boolean {
  return limits.some((pattern) => {
    const [itsOwner, itsName] = pattern.split("/");
    const isName = itsName === "*" || itsName === name.toLowerCase();
    return itsOwner === owner.toLowerCase() && isName;
  });
}

/** Stores it as the tracker's own functions do; where they want a worker, as a worker leaves it. */
export async function storeWorld(database: Database, { repositories }: World): Promise<void> {
  const { primary } = database;
  for (const [index, drawn] of repositories.entries()) {
    const name = `r${index}`;
    const id = await storeRepository(database, drawn.formerOwner ?? drawn.owner, name);
    for (const [place, { kind, length }] of drawn.events.entries()) {
      await storeEvent(database, id, line(10 * drawn.seed + place, length), { kind });
    }
    const oid = line(10 * drawn.seed, drawn.events[0]?.length ?? 1)[0]?.oid ?? "";
    if (drawn.isRewritten && drawn.events.length > 0) await rewrite(database, id, oid);
    if (drawn.formerOwner !== null) await transfer(database, id, drawn.owner, name);
    await primary.$executeRaw`
      insert into verification (repository_id, is_deep, finished_at, stored_count, github_count)
      values (${id}, true, now(), 3, ${index})`;
    if (drawn.isFailed) {
      await database.transaction((tx) =>
        parkRepository(tx, "check", id, { reason: `no luck with ${name}`, context: { page: id } }),
      );
    }
    if (drawn.isRemoved) await removeRepository({ database }, id);
  }
  await primary.$executeRaw`insert into rate_budget (user_id, login) values (1, 'owner-of-a-token')`;
}

/** GitHub tells another owner of it; its former names go on leading to it. */
export async function transfer(
  { primary }: Database,
  id: number,
  owner: string,
  name: string,
): Promise<void> {
  await primary.$executeRaw`update repository set owner = ${owner} where id = ${id}`;
  await primary.$executeRaw`
    insert into repository_name (name_key, repository_id)
    values (lower(${owner} || '/' || ${name}), ${id})
    on conflict (name_key) do update set repository_id = excluded.repository_id`;
}

async function rewrite(database: Database, id: number, orphan: string): Promise<void> {
  await storeEvent(database, id, [], { headOid: orphan, orphanedOids: [orphan] });
  await database.primary.$executeRaw`
    insert into history_rewrite (repository_id, before_oid, after_oid, orphaned_count, restored_count)
    values (${id}, decode(${orphan}, 'hex'), '\\x01', 1, 0)`;
}

/**
 * Takes everything out of a database but what is of these repositories, and what is of all: whatever
 * table there is.
 */
export async function keepOnly({ primary }: Database, ids: readonly number[]): Promise<void> {
  const tables = await primary.$queryRaw<{ name: string; column: string }[]>`
    select table_name as name, column_name as column from information_schema.columns
     where table_schema = 'public' and column_name in ('repository_id', 'subject_id')`;
  for (const { name, column } of tables) {
    await primary.$executeRawUnsafe(
      `delete from "${name}" where "${column}" <> all($1::int[])`,
      ids,
    );
  }
  await primary.$executeRaw`delete from repository where id <> all(${[...ids]}::int[])`;
  await primary.$executeRaw`
    delete from feed_author where sequence not in (select sequence from feed_event)`;
  await primary.$executeRaw`delete from rate_budget`;
  await primary.$executeRaw`delete from api_key`;
}
