import type { Oid } from "../../domain/commit.js";
import type { Transaction } from "../../postgres/database.js";
import { findReached, reachedFrom } from "./commit-store.js";

/** Each costs a walk through what is stored; of what leads to more than these nothing is said. */
const ASKED_MAX = 50;

/**
 * What a head does not lead to by what is known, and may lead to all the same: behind a commit that GitHub
 * does not tell. Whatever leads to that commit itself does not lie behind it. Reads the repository's whole
 * history where there is such a commit.
 */
export async function findMaybeBehind(
  tx: Transaction,
  repositoryId: number,
  headOid: Oid,
): Promise<Oid[]> {
  const all = await tx.$queryRaw<{ oid: Oid }[]>`
    select encode(oid, 'hex') as oid from passed_commit
     where repository_id = ${repositoryId} and state = 'UNTOLD'`;
  if (all.length === 0) return [];
  const names = all.map(({ oid }) => oid);
  const untold = await findReached(tx, repositoryId, headOid, names);
  if (untold.size === 0) return [];
  const unreached = await tx.$queryRaw<{ oid: Oid; parents: Oid[] }[]>`
    with ${reachedFrom(repositoryId, headOid)}
    select encode(c.oid, 'hex') as oid, array(select encode(p, 'hex') from unnest(c.parents) p) as parents
      from commit c
     where c.repository_id = ${repositoryId} and c.reachable
       and not exists (select from reached where reached.oid = c.oid)`;
  const own = new Set(unreached.map(({ oid }) => oid));
  const ends = [...new Set(unreached.flatMap(({ parents }) => parents))].filter(
    (oid) => !own.has(oid),
  );
  const led = new Map<Oid, Set<Oid>>();
  for (const end of ends.slice(0, ASKED_MAX)) {
    led.set(end, await findReached(tx, repositoryId, end, [...untold]));
  }
  spread(unreached, led);
  return unreached
    .map(({ oid }) => oid)
    .filter((oid) => [...untold].some((one) => !led.get(oid)?.has(one)));
}

/** Whatever a parent leads to, its child does. */
function spread(
  commits: readonly { readonly oid: Oid; readonly parents: readonly Oid[] }[],
  led: Map<Oid, Set<Oid>>,
): void {
  const children = new Map<Oid, Oid[]>();
  for (const { oid, parents } of commits) {
    for (const parent of parents) children.set(parent, [...(children.get(parent) ?? []), oid]);
  }
  const changed = [...led.keys()];
  for (const oid of changed) {
    for (const child of children.get(oid) ?? []) {
      const known = led.get(child) ?? new Set();
      const before = known.size;
      for (const one of led.get(oid) ?? []) known.add(one);
      led.set(child, known);
      if (known.size > before) changed.push(child);
    }
  }
}
