import type { Repository } from "../../domain/repository.js";
import { isVisible, type RepositoryScope } from "../../domain/repository-scope.js";
import type { RepositoryChanges } from "../../fanout/repository-changes.js";

type Changes = Pick<RepositoryChanges, "subscribe">;

/**
 * Changes of what a scope shows, also of what comes into it later. One that leaves it is as one that is
 * removed: it does not come again to those who named it, and with the last of these they end.
 */
export function limitedChanges(changes: Changes, scope: RepositoryScope): Changes {
  return {
    subscribe(ids, signal) {
      const source = changes.subscribe(ids, signal);
      const named = ids && new Set(ids);
      const isShown = (repository: Repository) => {
        if (isVisible(scope, repository)) return named?.has(repository.id) ?? true;
        named?.delete(repository.id);
        return false;
      };
      const end = async (): Promise<IteratorResult<Repository>> => {
        await source.return?.();
        return { done: true, value: undefined };
      };
      const iterator: AsyncIterableIterator<Repository> = {
        async next() {
          for (;;) {
            const step = await source.next();
            if (step.done === true || isShown(step.value)) return step;
            if (named?.size === 0) return await end();
          }
        },
        return: end,
        [Symbol.asyncIterator]: () => iterator,
      };
      return iterator;
    },
  };
}
