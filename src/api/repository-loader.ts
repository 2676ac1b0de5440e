import type { Repository } from "../domain/repository.js";

/** Repositories by id, for the many objects that point to one. */
export interface RepositoryLoader {
  load(id: number): Promise<Repository>;
}

/**
 * Asks for all ids wanted within one turn of the event loop in one query, and keeps nothing
 * afterwards: a thousand subscribers to one event cost one query, and nobody sees old state.
 */
export function createRepositoryLoader(
  findByIds: (ids: readonly number[]) => Promise<Repository[]>,
): RepositoryLoader {
  let batch: { ids: Set<number>; found: Promise<Map<number, Repository>> } | null = null;
  return {
    async load(id) {
      if (batch === null) {
        const ids = new Set<number>();
        const found = new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
          batch = null;
          return new Map((await findByIds([...ids])).map((one) => [one.id, one]));
        });
        batch = { ids, found };
      }
      batch.ids.add(id);
      const repository = (await batch.found).get(id);
      if (repository === undefined) throw new Error(`repository ${id} is gone`);
      return repository;
    },
  };
}
