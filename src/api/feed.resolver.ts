import { Arg, FieldResolver, Query, Resolver, Root, Subscription } from "type-graphql";
import { TrackerError } from "../domain/errors.js";
import type { FeedEvent, IngestKind } from "../domain/feed-event.js";
import type { FeedFilter } from "../domain/feed-filter.js";
import type { Repository } from "../domain/repository.js";
import { readFeedStatus } from "../store/feed-store.js";
import { parseSequence, requireRepository } from "./arguments.js";
import type { CommitOfEvent } from "./commit.resolver.js";
import { CommitType } from "./commit.type.js";
import type { ApiDependencies } from "./dependencies.js";
import { CommitsIngested, FeedStatus, IngestKindEnum } from "./feed.type.js";
import { RepositoryType } from "./repository.type.js";

interface FeedArguments {
  readonly after?: string | null;
  readonly repositories?: readonly string[] | null;
  readonly kinds?: readonly IngestKind[] | null;
}

@Resolver(() => CommitsIngested)
export class FeedResolver {
  constructor(private readonly api: ApiDependencies) {}

  @Query(() => FeedStatus, { description: "Where the feed begins and ends." })
  async feed() {
    const { sequence, oldestSequence } = await readFeedStatus(this.api.database);
    return {
      sequence: String(sequence),
      oldestSequence: oldestSequence === null ? null : String(oldestSequence),
    };
  }

  @Subscription(() => CommitsIngested, {
    description:
      "Commits as they are stored, in one order, each event once. With `after` first what happened since, then live, without a hole or an overlap.",
    subscribe: ({ args, context }) =>
      (context as FeedContext).feed.subscribe(args as FeedArguments),
  })
  commitsIngested(
    @Root() event: FeedEvent,
    @Arg("after", () => String, {
      nullable: true,
      description: 'The last `cursor` seen; `"0"` replays the whole feed; absent: from now on.',
    })
    _after: string | null,
    @Arg("repositories", () => [String], {
      nullable: true,
      description: "Names or ids; absent: all.",
    })
    _repositories: string[] | null,
    @Arg("kinds", () => [IngestKindEnum], { nullable: true, description: "Absent: all." })
    _kinds: IngestKind[] | null,
  ): FeedEvent {
    return event;
  }

  @FieldResolver(() => String)
  sequence(@Root() { sequence }: FeedEvent): string {
    return String(sequence);
  }

  @FieldResolver(() => String)
  cursor(@Root() { sequence }: FeedEvent): string {
    return String(sequence);
  }

  @FieldResolver(() => RepositoryType)
  repository(@Root() { repository }: FeedEvent): Repository {
    return repository;
  }

  @FieldResolver(() => [CommitType])
  commits(@Root() { commits, repository }: FeedEvent): CommitOfEvent[] {
    return commits.map((commit) => ({ ...commit, repository }));
  }
}

const REPOSITORIES_MAX = 100;

/** A list that names none would wait for ever, and a long one costs a query each. */
function requireSome(list: readonly unknown[] | null | undefined, field: string): void {
  if (list == null || (list.length > 0 && list.length <= REPOSITORIES_MAX)) return;
  throw new TrackerError(
    "BAD_USER_INPUT",
    `\`${field}\` must name 1 to ${REPOSITORIES_MAX}; leave it out for all.`,
    { field },
  );
}

/** Carried by every operation's context, since type-graphql's `subscribe` sees no resolver instance. */
export interface FeedContext {
  readonly feed: {
    subscribe(args: FeedArguments): Promise<AsyncIterableIterator<FeedEvent>>;
  };
}

/** Checks the arguments, then opens a stream that ends when the subscriber leaves or `signal` aborts. */
export function createFeedContext(api: ApiDependencies, signal: AbortSignal): FeedContext {
  return {
    feed: {
      async subscribe({ after, repositories, kinds }) {
        const position = after == null ? null : parseSequence(after);
        requireSome(repositories, "repositories");
        requireSome(kinds, "kinds");
        const wanted = await Promise.all(
          (repositories ?? []).map((ref) => requireRepository(api.database, ref, "repositories")),
        );
        const ids = repositories == null ? null : new Set(wanted.map(({ id }) => id));
        const filter = {
          repositoryIds: ids,
          kinds: kinds == null ? null : new Set(kinds),
          author: null,
        };
        const options = { ...(position !== null && { after: position }), filter };
        return openCounted(api, { ...options, watched: ids ?? new Set() }, signal);
      },
    },
  };
}

/**
 * A stream that a `return()` ends even while it waits for its next event: a plain async generator
 * would hear of it only after that event.
 */
function openCounted(
  { openStream, watch, metrics }: ApiDependencies,
  {
    watched,
    ...options
  }: {
    after?: bigint;
    filter: FeedFilter;
    watched: ReadonlySet<number>;
  },
  outer: AbortSignal,
): AsyncIterableIterator<FeedEvent, void, undefined> {
  const leaving = new AbortController();
  const stream = openStream({ ...options, signal: leaving.signal });
  const unwatch = watch(watched);
  let isOpen = true;
  metrics.subscribers.inc();
  const close = () => {
    if (isOpen) metrics.subscribers.dec();
    if (isOpen) unwatch();
    isOpen = false;
    outer.removeEventListener("abort", close);
    leaving.abort();
  };
  if (outer.aborted) close();
  else outer.addEventListener("abort", close, { once: true });
  const iterator: AsyncIterableIterator<FeedEvent, void, undefined> = {
    async next() {
      try {
        const result = await stream.next();
        if (result.done === true) close();
        return result;
      } catch (error) {
        close();
        throw error;
      }
    },
    async return() {
      close();
      return await stream.return();
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
