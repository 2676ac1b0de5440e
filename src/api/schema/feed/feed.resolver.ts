import { OperationTypeNode } from "graphql";
import type { Bookmark, FeedEvent, IngestKind } from "../../../domain/feed-event.js";
import type { Repository } from "../../../domain/repository.js";
import { readFeedStatus } from "../../../store/feed/feed-store.js";
import type { CallerContext } from "../../access/guard-schema.js";
import type { ApiDependencies } from "../../dependencies.js";
import type { OperationApis } from "../../execution/operation-api.js";
import {
  type FeedArguments,
  type FeedSubscription,
  openFeedSubscription,
} from "../../live/feed-subscription.js";
import type { CommitOfEvent } from "../commits/commit.resolver.js";
import { CommitType } from "../commits/commit.type.js";
import { RepositoryType } from "../repositories/repository.type.js";
import { Arg, FieldResolver, Query, Resolver, Root, Subscription } from "../type-graphql.js";
import { CommitsIngested, FeedStatus, IngestKindEnum } from "./feed.type.js";

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
      (context as FeedContext).feed.subscribe(args as FeedArguments, context as CallerContext),
  })
  commitsIngested(
    @Root() event: FeedEvent | Bookmark,
    @Arg("after", () => String, {
      nullable: true,
      description:
        'The last `cursor` seen; `"0"` replays the whole feed; absent: from now on. `CURSOR_EXPIRED` for one from before what is kept, or of events that were lost when the database was restored.',
    })
    _after: string | null,
    @Arg("repositories", () => [String], {
      nullable: true,
      description: "Names or ids; absent: all.",
    })
    _repositories: string[] | null,
    @Arg("kinds", () => [IngestKindEnum], {
      nullable: true,
      description: "`LIVE`, `BACKFILL`; absent: both.",
    })
    _kinds: IngestKind[] | null,
    @Arg("author", () => String, {
      nullable: true,
      description:
        "Login, e-mail address or name of an author, compared as in `CommitFilter.author`: only their commits; absent: all.",
    })
    _author: string | null,
    @Arg("bookmarks", () => Boolean, {
      nullable: true,
      description:
        "With filters: while others' events pass, an event of kind `BOOKMARK` once a minute at most, which moves your cursor and nothing else. A subscriber that keeps it can come back as long as the feed reaches back to there, however rare its own events are.",
    })
    _bookmarks: boolean | null,
  ): FeedEvent | Bookmark {
    return event;
  }

  @FieldResolver(() => String)
  sequence(@Root() { sequence }: FeedEvent | Bookmark): string {
    return String(sequence);
  }

  @FieldResolver(() => String)
  cursor(@Root() { sequence }: FeedEvent | Bookmark): string {
    return String(sequence);
  }

  @FieldResolver(() => RepositoryType, { nullable: true })
  repository(@Root() { repository }: FeedEvent | Bookmark): Repository | null {
    return repository;
  }

  @FieldResolver(() => [CommitType])
  commits(@Root() event: FeedEvent | Bookmark): CommitOfEvent[] {
    const { commits, repository } = event;
    return repository === null ? [] : commits.map((commit) => ({ ...commit, repository }));
  }
}

/** Carried by every operation's context, since type-graphql's `subscribe` sees no resolver instance. */
export interface FeedContext {
  readonly feed: {
    subscribe(args: FeedArguments, context: CallerContext): Promise<FeedSubscription>;
  };
}

/** Subscriptions end when their subscriber leaves or `signal` aborts. */
export function createFeedContext(apis: OperationApis, signal: AbortSignal): FeedContext {
  const viewOf = (context: CallerContext) => apis.of(OperationTypeNode.SUBSCRIPTION, context).api;
  return {
    feed: {
      subscribe: (args, context) => openFeedSubscription(viewOf(context), args, signal),
    },
  };
}
