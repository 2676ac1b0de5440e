import { type ExecutionArgs, type ExecutionResult, execute } from "graphql";

/**
 * The results of a subscription, one for each value of its source. It ends at the first value that
 * cannot be told whole, rejecting with its error: the next value would hide the loss. `return()`
 * reaches the source even while a value is waited for.
 */
export function executeEach(
  args: ExecutionArgs,
  values: AsyncIterable<unknown>,
): AsyncIterableIterator<ExecutionResult, void, undefined> {
  const source = values[Symbol.asyncIterator]();
  const end = async (): Promise<IteratorResult<ExecutionResult, void>> => {
    await source.return?.();
    return { done: true, value: undefined };
  };
  const iterator: AsyncIterableIterator<ExecutionResult, void, undefined> = {
    async next() {
      const step = await source.next();
      if (step.done === true) return { done: true, value: undefined };
      const result = await execute({ ...args, rootValue: step.value });
      const [fault] = result.errors ?? [];
      if (fault === undefined) return { done: false, value: result };
      await end();
      throw fault;
    },
    return: end,
    async throw(error) {
      await end();
      throw error;
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
