import type { CacheExchangeOpts, UpdateResolver } from "@urql/exchange-graphcache";

/** Has a list asked for again: where something new belongs in it, the server knows. */
const forget =
  (...fields: readonly string[]): UpdateResolver =>
  (_result, _args, cache) => {
    for (const field of fields) cache.invalidate("Query", field);
  };

const NO_KEY = () => null;

/** What has no id of its own is kept with what it belongs to. */
const PARTS = [
  ...["Actor", "AuthorStats", "CoAuthor", "CommitActivity", "Completeness", "FeedStatus"],
  ...[
    "Freshness",
    "HistoryRewrite",
    "PageInfo",
    "RateBudget",
    "Viewer",
    "SystemStatus",
    "Backfill",
    "ReplicaStatus",
  ],
  ...["CommitConnection", "RepositoryConnection", "FailedTaskConnection"],
  ...["HistoryRewriteConnection", "CommitsIngested", "PartVersion", "QueueStatus"],
  ...["AddRepositoriesPayload", "AddRepositoriesResult", "AddOwnerPayload", "OwnerRepository"],
  ...["PauseRepositoryPayload", "ResumeRepositoryPayload", "RefreshRepositoryPayload"],
  ...["ResetCommitsPayload", "RemoveRepositoryPayload", "VerifyRepositoryPayload"],
  ...["RetryTaskPayload", "DiscardTaskPayload", "RevokeApiKeyPayload", "AddRepositoriesError"],
];

export const CACHE: CacheExchangeOpts = {
  keys: {
    ...Object.fromEntries(PARTS.map((type) => [type, NO_KEY])),
    ApiKey: ({ number }) => String(number),
  },
  updates: {
    Mutation: {
      addRepositories: forget("repositories"),
      addOwner: forget("repositories"),
      removeRepository: forget("repositories", "failedTasks"),
      retryTask: forget("failedTasks"),
      discardTask: forget("failedTasks"),
    },
  },
};
