/** Rows by id, for the many objects that point to one. */
export interface Loader<Row> {
  load(id: number): Promise<Row>;
}

/**
 * Asks for all ids wanted within one turn of the event loop in one query, and keeps nothing
 * afterwards: a thousand subscribers to one event cost one query, and nobody sees old state.
 */
export function createLoader<Row extends { readonly id: number }>(
  findByIds: (ids: readonly number[]) => Promise<Row[]>,
): Loader<Row> {
  let batch: { ids: Set<number>; found: Promise<Map<number, Row>> } | null = null;
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
      const row = (await batch.found).get(id);
      if (row === undefined) throw new Error(`repository ${id} is gone`);
      return row;
    },
  };
}
