/**
 * The same items in their order; up to `count` of them are got while the reader is busy with one before.
 * Whoever stops reading has `stop` called, and then waits for what is being got.
 */
export async function* readAhead<T>(
  items: AsyncIterable<T>,
  { count, stop }: { readonly count: number; readonly stop: () => void },
): AsyncGenerator<T, void, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  const coming: Promise<IteratorResult<T>>[] = [];
  let isOver = false;
  try {
    for (;;) {
      while (coming.length <= count) {
        const next = iterator.next();
        next.catch(() => {}); // told when its turn comes
        coming.push(next);
      }
      const { done, value } = (await coming.shift()) ?? { done: true };
      isOver = done === true;
      if (isOver) return;
      yield value;
    }
  } finally {
    if (!isOver) stop();
    await iterator.return?.().catch(() => {});
  }
}
