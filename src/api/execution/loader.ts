/** Rows by key, for the many objects that point to one. */
export interface Loader<Key extends string | number, Row> {
  /** Rejects when there is none. */
  load(key: Key): Promise<Row>;
  /** Null when there is none. */
  find(key: Key): Promise<Row | null>;
}

/**
 * Asks for all keys wanted within one turn of the event loop in one query, and keeps nothing
 * afterwards: a thousand subscribers to one event cost one query, and nobody sees old state.
 */
export function createLoader<Key extends string | number, Row>(
  findByKeys: (keys: readonly Key[]) => Promise<readonly Row[]>,
  keyOf: (row: Row) => Key,
): Loader<Key, Row> {
  let batch: { keys: Set<Key>; found: Promise<Map<Key, Row>> } | null = null;
  async function find(key: Key): Promise<Row | null> {
    if (batch === null) {
      const keys = new Set<Key>();
      const found = new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
        batch = null;
        return new Map((await findByKeys([...keys])).map((row) => [keyOf(row), row]));
      });
      batch = { keys, found };
    }
    batch.keys.add(key);
    return (await batch.found).get(key) ?? null;
  }
  return {
    find,
    async load(key) {
      const row = await find(key);
      if (row === null) throw new Error(`${key} is gone`);
      return row;
    },
  };
}

/** What belongs to keys and depends on arguments too. */
export interface ArgumentLoader<Key extends string | number, Arguments, Value> {
  /** Rejects when there is none. */
  load(key: Key, given: Arguments): Promise<Value>;
}

/** The same, in one query for each set of arguments, which are told apart by what they are as JSON. */
export function createArgumentLoader<Key extends string | number, Arguments, Value>(
  findByKeys: (keys: readonly Key[], given: Arguments) => Promise<ReadonlyMap<Key, Value>>,
): ArgumentLoader<Key, Arguments, Value> {
  const waiting = new Map<string, Loader<Key, readonly [Key, Value]>>();
  return {
    async load(key, given) {
      const name = JSON.stringify(given);
      let loader = waiting.get(name);
      if (loader === undefined) {
        loader = createLoader(
          async (keys) => {
            waiting.delete(name);
            return [...(await findByKeys(keys, given))];
          },
          ([of]) => of,
        );
        waiting.set(name, loader);
      }
      const [, value] = await loader.load(key);
      return value;
    },
  };
}
