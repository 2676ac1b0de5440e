import { OperationTypeNode } from "graphql";
import type { Repository } from "../../../domain/repository.js";
import type { CallerContext } from "../../access/guard-schema.js";
import type { OperationApis } from "../../execution/operation-api.js";
import { requireRepositoryIds } from "../../paging/arguments.js";
import { Arg, Resolver, Root, Subscription } from "../type-graphql.js";
import { RepositoryType } from "./repository.type.js";

interface RepositoryUpdatesArguments {
  readonly repositories?: readonly string[] | null;
}

@Resolver(() => RepositoryType)
export class RepositoryUpdatesResolver {
  @Subscription(() => RepositoryType, {
    description:
      "Repositories whose state, names, head or progress has changed, as they are now: who is slow misses what lay between, never the latest. Of those that are named first the current state; one that is removed comes once more, in state `REMOVED`, and what names no others ends.",
    subscribe: ({ args, context }) =>
      (context as RepositoryUpdatesContext).repositoryUpdates.subscribe(
        args as RepositoryUpdatesArguments,
        context as CallerContext,
      ),
  })
  repositoryUpdated(
    @Root() repository: Repository,
    @Arg("repositories", () => [String], {
      nullable: true,
      description: "Names or ids; absent: all.",
    })
    _repositories: string[] | null,
  ): Repository {
    return repository;
  }
}

/** Carried by every operation's context, since type-graphql's `subscribe` sees no resolver instance. */
export interface RepositoryUpdatesContext {
  readonly repositoryUpdates: {
    subscribe(
      args: RepositoryUpdatesArguments,
      context: CallerContext,
    ): Promise<AsyncIterableIterator<Repository>>;
  };
}

/** Subscriptions end when their subscriber leaves or `signal` aborts. */
export function createRepositoryUpdatesContext(
  apis: OperationApis,
  signal: AbortSignal,
): RepositoryUpdatesContext {
  return {
    repositoryUpdates: {
      async subscribe({ repositories }, context) {
        const { api } = apis.of(OperationTypeNode.SUBSCRIPTION, context);
        const { database, repositoryChanges, watch } = api;
        if (repositories == null) return repositoryChanges.subscribe(null, signal);
        const ids = await requireRepositoryIds(database, repositories);
        return watched(repositoryChanges.subscribe(ids, signal), watch(ids));
      },
    },
  };
}

/** Calls `unwatch` when the stream has ended, from either side. */
function watched(
  stream: AsyncIterableIterator<Repository>,
  unwatch: () => void,
): AsyncIterableIterator<Repository> {
  let isOver = false;
  const end = (result: IteratorResult<Repository>) => {
    if (!isOver && result.done === true) {
      isOver = true;
      unwatch();
    }
    return result;
  };
  const iterator: AsyncIterableIterator<Repository> = {
    next: async () => end(await stream.next()),
    return: async () => end((await stream.return?.()) ?? { done: true, value: undefined }),
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
