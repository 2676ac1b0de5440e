import type { Commit, Oid } from "./commit.js";

type Child = Pick<Commit, "oid" | "parents">;

/** These commits and all that lead to one of them. Looks at each commit once, whatever their order. */
export function withDescendants(oids: readonly Oid[], commits: readonly Child[]): Oid[] {
  const childrenOf = new Map<Oid, Oid[]>();
  for (const { oid, parents } of commits) {
    for (const parent of parents) {
      const children = childrenOf.get(parent);
      if (children === undefined) childrenOf.set(parent, [oid]);
      else children.push(oid);
    }
  }
  const found = new Set(oids);
  for (const oid of found) {
    for (const child of childrenOf.get(oid) ?? []) found.add(child);
  }
  return [...found];
}
