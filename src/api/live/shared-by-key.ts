/** One thing for all who ask for it by the same key, as long as somebody does. */
export interface SharedByKey<T> {
  /** `release` once when it is not needed any more; called again it does nothing. */
  join(key: string, open: () => T): { readonly thing: T; release(): void };
}

export function createSharedByKey<T>(close: (thing: T) => void = () => {}): SharedByKey<T> {
  const things = new Map<string, { readonly thing: T; userCount: number }>();
  return {
    join(key, open) {
      const joined = things.get(key) ?? { thing: open(), userCount: 0 };
      things.set(key, joined);
      joined.userCount += 1;
      let isJoined = true;
      return {
        thing: joined.thing,
        release() {
          if (!isJoined) return;
          isJoined = false;
          joined.userCount -= 1;
          if (joined.userCount > 0) return;
          things.delete(key);
          close(joined.thing);
        },
      };
    },
  };
}
