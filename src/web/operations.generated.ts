// Written by `npm run generate:web` from schema.graphql and the page's *.graphql.
import { gql } from "@urql/preact";
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** In what steps commits are counted, in UTC. */
export type ActivityInterval =
  /** From midnight to midnight. */
  | 'DAY'
  /** Of the calendar. */
  | 'MONTH'
  /** From Monday to Monday. */
  | 'WEEK';

/** What a key may do; each may do what those before it may. */
export type ApiRole =
  /** Adds repositories, and has the tracker work on them. */
  | 'OPERATOR'
  /** Queries, subscribes, and waits for commits. */
  | 'READER'
  /** Takes away what is stored, too. */
  | 'WRITER';

/** Why a repository's next check is when it is. */
export type CheckReason =
  /** It has just been added. */
  | 'ADDED'
  /** As often as its commits make worth while, under GitHub's budget. */
  | 'RATE'
  /** Somebody asked for it, or GitHub rang. */
  | 'REQUESTED'
  /** The last attempt failed. */
  | 'RETRY'
  /** Its first history is being fetched; what is pushed meanwhile comes with it. */
  | 'WALK'
  /** Somebody follows it live. */
  | 'WATCHED';

/** Which commits; everything given must hold. */
export type CommitFilter = {
  /** Login, e-mail or name of the author, whole, in any letter case: in Unicode's lower case, composed and decomposed letters alike, without blanks around. Compared by their first 200 characters, as the feed does. */
  readonly author?: string | null | undefined;
  /** False: only those left behind by a rewrite. Null: both. */
  readonly reachable?: boolean | null | undefined;
  /** Committed then or later. */
  readonly since?: string | null | undefined;
  /** 1 to 20 words that all stand in the message, whole, in any letter case and order. A word is letters and digits, full and half widths alike. Where a script has no spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) it is each character and each pair of neighbours: `登录` is found inside of any sentence, and a longer text by its pairs. Latin letters and digits inside of such are words of their own. Of a message longer than 500 words, the beginning is searched. */
  readonly text?: string | null | undefined;
  /** Committed then or earlier. */
  readonly until?: string | null | undefined;
};

/** Why something failed; stable, and the same as in `extensions.code`. */
export type ErrorCode =
  /** What was given cannot be meant. */
  | 'BAD_USER_INPUT'
  /** The broker does not answer. */
  | 'BROKER_UNAVAILABLE'
  /** What it is about is held by other work; try again in a moment. */
  | 'BUSY'
  /** What followed a cursor of the feed is no longer kept, or was lost before the database was restored. */
  | 'CURSOR_EXPIRED'
  /** The database does not answer. */
  | 'DATABASE_UNAVAILABLE'
  /** The database is none that this version can work on. */
  | 'DATABASE_UNFIT'
  /** Not with this key, or from this page. */
  | 'FORBIDDEN'
  /** GitHub does not take the token. */
  | 'GITHUB_BAD_CREDENTIALS'
  /** GitHub no longer takes the cursor of a history. */
  | 'GITHUB_BAD_CURSOR'
  /** GitHub answered that it could not. */
  | 'GITHUB_BAD_GATEWAY'
  /** GitHub does not take the query. */
  | 'GITHUB_BAD_QUERY'
  /** GitHub refuses it to the token. */
  | 'GITHUB_FORBIDDEN'
  /** GitHub's answer cannot be used. */
  | 'GITHUB_MALFORMED_ANSWER'
  /** GitHub has no such repository, or does not show it to the token. */
  | 'GITHUB_NOT_FOUND'
  /** GitHub said to wait. */
  | 'GITHUB_RATE_LIMITED'
  /** It was too much for GitHub at once. */
  | 'GITHUB_RESOURCE_LIMITS'
  /** GitHub took too long. */
  | 'GITHUB_TIMEOUT'
  /** GitHub does not answer. */
  | 'GITHUB_UNREACHABLE'
  /** A history could not be had by the git protocol. */
  | 'GIT_FAILED'
  /** Something went wrong here; the log says what. An answer's own is `INTERNAL_SERVER_ERROR`. */
  | 'INTERNAL'
  /** There is no such thing here. */
  | 'NOT_FOUND'
  /** It took the database longer than a query may take. */
  | 'QUERY_TOO_EXPENSIVE'
  /** This client asks too often. */
  | 'RATE_LIMITED'
  /** What was waited for has not happened in time; ask again to go on waiting. */
  | 'TIMEOUT'
  /** No key, or one that is not known or was revoked. */
  | 'UNAUTHENTICATED';

/** How a history comes in. */
export type HistoryTransport =
  /** By GitHub's API: a hundred commits a request, each request a point. */
  | 'API'
  /** By the git protocol: all of it in one request, which costs no points. */
  | 'GIT';

/** Why commits were stored. */
export type IngestKind =
  /** Part of the history fetched when it was added. */
  | 'BACKFILL'
  /** None were: others' events have passed, and this moves the cursor of who asked for `bookmarks`. */
  | 'BOOKMARK'
  /** Pushed since the repository is tracked. */
  | 'LIVE';

/** Which end of a list comes first. */
export type OrderDirection =
  /** Oldest or lowest first. */
  | 'ASC'
  /** Newest or highest first. */
  | 'DESC';

/** GitHub's limits. */
export type RateLimitKind =
  /** The hour's points. */
  | 'PRIMARY'
  /** Too much at once. */
  | 'SECONDARY';

/** Which repositories; everything given must hold. */
export type RepositoryFilter = {
  /** Part of the name, without the owner, in any letter case. */
  readonly nameContains?: string | null | undefined;
  /** In any letter case. */
  readonly owner?: string | null | undefined;
  /** In one of these states. */
  readonly states?: ReadonlyArray<RepositoryState> | null | undefined;
};

/** Default: in the order they were added. */
export type RepositoryOrder = {
  /** Which end first. */
  readonly direction?: OrderDirection;
  /** By what. */
  readonly field?: RepositoryOrderField;
};

/** What repositories are ordered by. */
export type RepositoryOrderField =
  /** The newest commit; when it was added, where there is none. */
  | 'ACTIVITY'
  /** When they were added. */
  | 'ADDED'
  /** `owner/name`, in lower case. */
  | 'NAME';

/** Where the tracking of a repository stands. */
export type RepositoryState =
  /** Complete at `headOid`; new commits are fetched as they are seen. */
  | 'ACTIVE'
  /** Its history is being fetched for the first time. */
  | 'BACKFILLING'
  /** It has no commits yet; the first push is picked up. */
  | 'EMPTY'
  /** Given up for now after many failures; `lastError` says why. */
  | 'FAILED'
  /** Not checked until it is resumed. */
  | 'PAUSED'
  /** Added; GitHub has not been asked yet. */
  | 'PENDING'
  /** Not tracked any more: told once by `repositoryUpdated`, and of old events. */
  | 'REMOVED'
  /** GitHub does not show it; `lastError` says why. What is stored stays. */
  | 'UNAVAILABLE';

/** Why what is stored may not be what GitHub has. */
export type StaleReason =
  /** The last attempt failed; `lastError` says why. */
  | 'CHECK_FAILED'
  /** What was pushed is being fetched. */
  | 'FETCHING'
  /** Its first history is not complete. */
  | 'FIRST_HISTORY'
  /** It was given up for now; `lastError` says why. */
  | 'GIVEN_UP'
  /** Its next check is late: others go first, or GitHub said to wait. */
  | 'OVERDUE'
  /** It is not checked until it is resumed. */
  | 'PAUSED'
  /** It is not tracked any more. */
  | 'REMOVED'
  /** GitHub does not show it; `lastError` says why. */
  | 'UNAVAILABLE';

/** What work on a repository is for. */
export type TaskKind =
  /** To fetch a first history. */
  | 'BACKFILL'
  /** To see what is new on GitHub. */
  | 'CHECK'
  /** To fetch what was pushed. */
  | 'PULL';

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { readonly viewer: { readonly role: ApiRole, readonly hasKey: boolean, readonly isLimited: boolean } };

export type CommitQueryVariables = Exact<{
  repository: string;
  oid: string;
}>;


export type CommitQuery = { readonly feed: { readonly sequence: string, readonly oldestSequence: string | null }, readonly commit: (
    { readonly messageBody: string, readonly authoredAt: string, readonly orphanedAt: string | null, readonly sequence: string, readonly parents: ReadonlyArray<string>, readonly parentCommits: ReadonlyArray<{ readonly id: string, readonly oid: string, readonly messageHeadline: string } | null>, readonly committer: { readonly name: string, readonly email: string, readonly login: string | null }, readonly coAuthors: ReadonlyArray<{ readonly name: string, readonly email: string }> }
    & CommitLineFragment
  ) | null };

export type CommitLineFragment = { readonly id: string, readonly oid: string, readonly abbreviatedOid: string, readonly messageHeadline: string, readonly committedAt: string, readonly firstSeenAt: string, readonly url: string, readonly reachable: boolean, readonly author: { readonly name: string, readonly email: string, readonly login: string | null }, readonly repository: { readonly id: string, readonly nameWithOwner: string } };

export type FeedPlaceQueryVariables = Exact<{ [key: string]: never; }>;


export type FeedPlaceQuery = { readonly feed: { readonly sequence: string, readonly oldestSequence: string | null } };

export type FollowSubscriptionVariables = Exact<{
  after?: string | null | undefined;
  repositories?: ReadonlyArray<string> | string | null | undefined;
}>;


export type FollowSubscription = { readonly commitsIngested: { readonly sequence: string, readonly cursor: string, readonly kind: IngestKind, readonly headOid: string | null, readonly ingestedAt: string, readonly orphanedOids: ReadonlyArray<string>, readonly restoredOids: ReadonlyArray<string>, readonly repository: { readonly id: string, readonly nameWithOwner: string, readonly url: string } | null, readonly commits: ReadonlyArray<CommitLineFragment> } };

export type EarlierCommitsQueryVariables = Exact<{
  repository?: string | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type EarlierCommitsQuery = { readonly commits: { readonly nodes: ReadonlyArray<CommitLineFragment>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type ProgressFragment = { readonly id: string, readonly nameWithOwner: string, readonly state: RepositoryState, readonly commitCount: number, readonly completeness: { readonly expectedCount: number | null }, readonly backfill: { readonly doneCount: number, readonly leftCount: number | null, readonly receivedBytes: number | null, readonly secondsLeft: number | null, readonly transport: HistoryTransport } | null };

export type HistoriesQueryVariables = Exact<{ [key: string]: never; }>;


export type HistoriesQuery = { readonly repositories: { readonly totalCount: number, readonly nodes: ReadonlyArray<ProgressFragment> } };

export type RepositoryLineFragment = (
  { readonly headOid: string | null, readonly lastError: string | null, readonly attempts: number, readonly nextCheckAt: string | null, readonly checkReason: CheckReason, readonly checkIntervalSeconds: number | null, readonly freshness: { readonly isFresh: boolean, readonly reason: StaleReason | null, readonly lagSeconds: number | null, readonly headCheckedAt: string | null }, readonly headCommit: { readonly id: string, readonly oid: string, readonly abbreviatedOid: string, readonly messageHeadline: string, readonly committedAt: string } | null }
  & ProgressFragment
);

export type RepositoriesQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: RepositoryFilter | null | undefined;
  orderBy?: RepositoryOrder | null | undefined;
}>;


export type RepositoriesQuery = { readonly repositories: { readonly totalCount: number, readonly totalCountIsExact: boolean, readonly nodes: ReadonlyArray<RepositoryLineFragment>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type WatchSubscriptionVariables = Exact<{
  repositories?: ReadonlyArray<string> | string | null | undefined;
}>;


export type WatchSubscription = { readonly repositoryUpdated: RepositoryLineFragment };

export type AddRepositoriesMutationVariables = Exact<{
  urls: ReadonlyArray<string> | string;
  trackFrom?: string | null | undefined;
}>;


export type AddRepositoriesMutation = { readonly addRepositories: { readonly createdCount: number, readonly failedCount: number, readonly results: ReadonlyArray<{ readonly url: string, readonly created: boolean, readonly error: { readonly code: ErrorCode, readonly message: string } | null, readonly repository: RepositoryLineFragment | null }> } };

export type AddOwnerMutationVariables = Exact<{
  login: string;
  dryRun: boolean;
  includeForks: boolean;
  includeArchived: boolean;
  trackFrom?: string | null | undefined;
}>;


export type AddOwnerMutation = { readonly addOwner: { readonly id: string, readonly login: string, readonly isFinished: boolean, readonly addedCount: number, readonly listedCount: number, readonly totalCount: number | null, readonly hiddenCount: number, readonly estimatedPoints: number, readonly nextAttemptAt: string | null, readonly repositories: ReadonlyArray<{ readonly nameWithOwner: string, readonly estimatedPoints: number, readonly isArchived: boolean, readonly isFork: boolean, readonly isPrivate: boolean, readonly isTracked: boolean }> } };

export type PauseMutationVariables = Exact<{
  repository: string;
}>;


export type PauseMutation = { readonly pauseRepository: { readonly changed: boolean, readonly repository: RepositoryLineFragment } };

export type ResumeMutationVariables = Exact<{
  repository: string;
}>;


export type ResumeMutation = { readonly resumeRepository: { readonly changed: boolean, readonly repository: RepositoryLineFragment } };

export type RefreshMutationVariables = Exact<{
  repository: string;
}>;


export type RefreshMutation = { readonly refreshRepository: { readonly requested: boolean, readonly repository: RepositoryLineFragment } };

export type ResetMutationVariables = Exact<{
  repository: string;
  from: string;
  dryRun: boolean;
}>;


export type ResetMutation = { readonly resetCommitsFrom: { readonly deletedCount: number, readonly repository: RepositoryLineFragment } };

export type RemoveMutationVariables = Exact<{
  repository: string;
}>;


export type RemoveMutation = { readonly removeRepository: { readonly deletedCount: number, readonly nameWithOwner: string, readonly repository: { readonly id: string, readonly state: RepositoryState } } };

export type CompletenessPartsFragment = { readonly id: string, readonly completeness: { readonly complete: boolean, readonly storedCount: number, readonly githubCount: number | null, readonly expectedCount: number | null, readonly checkedAt: string | null, readonly isChecking: boolean, readonly isDeep: boolean | null, readonly listedCount: number, readonly missingCount: number, readonly faultCount: number, readonly untoldOids: ReadonlyArray<string>, readonly error: string | null } };

export type RepositoryHeadQueryVariables = Exact<{
  repository: string;
}>;


export type RepositoryHeadQuery = { readonly repository: (
    { readonly url: string, readonly defaultBranch: string | null, readonly isArchived: boolean, readonly isPrivate: boolean, readonly createdAt: string, readonly trackFrom: string | null, readonly lastCheckedAt: string | null, readonly lastFetchedAt: string | null, readonly oldest: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly committedAt: string }> } }
    & RepositoryLineFragment
    & CompletenessPartsFragment
  ) | null };

export type ActivityQueryVariables = Exact<{
  repository: string;
  interval: ActivityInterval;
  since: string;
}>;


export type ActivityQuery = { readonly commitActivity: ReadonlyArray<{ readonly start: string, readonly commitCount: number, readonly authorCount: number }> };

export type TopAuthorsQueryVariables = Exact<{
  repository: string;
}>;


export type TopAuthorsQuery = { readonly topAuthors: ReadonlyArray<{ readonly name: string, readonly email: string, readonly login: string | null, readonly isBot: boolean, readonly commitCount: number, readonly lastCommitAt: string }> };

export type CommitsQueryVariables = Exact<{
  repository: string;
  first: number;
  after?: string | null | undefined;
  filter?: CommitFilter | null | undefined;
}>;


export type CommitsQuery = { readonly commits: { readonly totalCount: number, readonly totalCountIsExact: boolean, readonly nodes: ReadonlyArray<CommitLineFragment>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type RewritesQueryVariables = Exact<{
  repository: string;
}>;


export type RewritesQuery = { readonly historyRewrites: { readonly totalCount: number, readonly nodes: ReadonlyArray<{ readonly beforeOid: string, readonly afterOid: string, readonly detectedAt: string, readonly orphanedCount: number, readonly restoredCount: number, readonly before: { readonly id: string, readonly messageHeadline: string } | null, readonly after: { readonly id: string, readonly messageHeadline: string } | null }> } };

export type VerifyMutationVariables = Exact<{
  repository: string;
  deep: boolean;
}>;


export type VerifyMutation = { readonly verifyRepository: { readonly started: boolean, readonly repository: CompletenessPartsFragment } };

export type SystemQueryVariables = Exact<{ [key: string]: never; }>;


export type SystemQuery = { readonly system: { readonly version: string, readonly parts: ReadonlyArray<{ readonly name: string, readonly version: string }>, readonly queues: ReadonlyArray<{ readonly name: string, readonly readyCount: number | null, readonly deadCount: number | null }>, readonly replicas: ReadonlyArray<{ readonly name: string, readonly isUsed: boolean, readonly lagSeconds: number | null }> }, readonly feed: { readonly sequence: string, readonly oldestSequence: string | null }, readonly rateBudgets: ReadonlyArray<{ readonly login: string, readonly limit: number, readonly remaining: number, readonly resetAt: string | null, readonly pausedUntil: string | null, readonly pauseReason: RateLimitKind | null, readonly spentLive: number, readonly spentBackfill: number }>, readonly waiting: { readonly totalCount: number }, readonly all: { readonly totalCount: number }, readonly failing: { readonly totalCount: number } };

export type FailedTaskLineFragment = { readonly id: string, readonly kind: TaskKind | null, readonly code: ErrorCode | null, readonly attempts: number, readonly batchSize: number | null, readonly page: number | null, readonly requestId: string | null, readonly firstFailedAt: string | null, readonly lastFailedAt: string | null, readonly firstError: string | null, readonly lastError: string | null, readonly nextAttemptAt: string | null, readonly repository: { readonly id: string, readonly nameWithOwner: string, readonly state: RepositoryState } };

export type FailedTasksQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type FailedTasksQuery = { readonly failedTasks: { readonly totalCount: number, readonly totalCountIsExact: boolean, readonly nodes: ReadonlyArray<FailedTaskLineFragment>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type RetryTaskMutationVariables = Exact<{
  id: string;
}>;


export type RetryTaskMutation = { readonly retryTask: { readonly changed: boolean, readonly repository: RepositoryLineFragment } };

export type DiscardTaskMutationVariables = Exact<{
  id: string;
}>;


export type DiscardTaskMutation = { readonly discardTask: { readonly changed: boolean, readonly repository: RepositoryLineFragment } };

export type ApiKeyLineFragment = { readonly number: number, readonly name: string, readonly role: ApiRole, readonly repositories: ReadonlyArray<string>, readonly prefix: string, readonly createdAt: string, readonly lastUsedAt: string | null, readonly revokedAt: string | null };

export type ApiKeysQueryVariables = Exact<{ [key: string]: never; }>;


export type ApiKeysQuery = { readonly apiKeys: ReadonlyArray<ApiKeyLineFragment> };

export type RevokeApiKeyMutationVariables = Exact<{
  number: number;
}>;


export type RevokeApiKeyMutation = { readonly revokeApiKey: { readonly apiKey: ApiKeyLineFragment } };

export const ViewerDocument = gql<ViewerQuery, ViewerQueryVariables>("query Viewer { viewer { role hasKey isLimited } }");
export const CommitDocument = gql<CommitQuery, CommitQueryVariables>("query Commit($repository: String!, $oid: String!) { feed { sequence oldestSequence } commit(repository: $repository, oid: $oid) { ...CommitLine messageBody authoredAt orphanedAt sequence parents parentCommits { id oid messageHeadline } committer { name email login } coAuthors { name email } } } fragment CommitLine on Commit { id oid abbreviatedOid messageHeadline committedAt firstSeenAt url reachable author { name email login } repository { id nameWithOwner } }");
export const FeedPlaceDocument = gql<FeedPlaceQuery, FeedPlaceQueryVariables>("query FeedPlace { feed { sequence oldestSequence } }");
export const FollowDocument = gql<FollowSubscription, FollowSubscriptionVariables>("subscription Follow($after: String, $repositories: [String!]) { commitsIngested( after: $after repositories: $repositories kinds: [LIVE] bookmarks: true ) { sequence cursor kind headOid ingestedAt orphanedOids restoredOids repository { id nameWithOwner url } commits { ...CommitLine } } } fragment CommitLine on Commit { id oid abbreviatedOid messageHeadline committedAt firstSeenAt url reachable author { name email login } repository { id nameWithOwner } }");
export const EarlierCommitsDocument = gql<EarlierCommitsQuery, EarlierCommitsQueryVariables>("query EarlierCommits($repository: String, $first: Int!, $after: String) { commits(repository: $repository, first: $first, after: $after) { nodes { ...CommitLine } pageInfo { hasNextPage endCursor } } } fragment CommitLine on Commit { id oid abbreviatedOid messageHeadline committedAt firstSeenAt url reachable author { name email login } repository { id nameWithOwner } }");
export const HistoriesDocument = gql<HistoriesQuery, HistoriesQueryVariables>("query Histories { repositories(first: 20, filter: {states: [BACKFILLING]}) { totalCount nodes { ...Progress } } } fragment Progress on Repository { id nameWithOwner state commitCount completeness { expectedCount } backfill { doneCount leftCount receivedBytes secondsLeft transport } }");
export const RepositoriesDocument = gql<RepositoriesQuery, RepositoriesQueryVariables>("query Repositories($first: Int!, $after: String, $filter: RepositoryFilter, $orderBy: RepositoryOrder) { repositories(first: $first, after: $after, filter: $filter, orderBy: $orderBy) { totalCount totalCountIsExact nodes { ...RepositoryLine } pageInfo { hasNextPage endCursor } } } fragment Progress on Repository { id nameWithOwner state commitCount completeness { expectedCount } backfill { doneCount leftCount receivedBytes secondsLeft transport } } fragment RepositoryLine on Repository { ...Progress headOid lastError attempts nextCheckAt checkReason checkIntervalSeconds freshness { isFresh reason lagSeconds headCheckedAt } headCommit { id oid abbreviatedOid messageHeadline committedAt } }");
export const WatchDocument = gql<WatchSubscription, WatchSubscriptionVariables>("subscription Watch($repositories: [String!]) { repositoryUpdated(repositories: $repositories) { ...RepositoryLine } } fragment Progress on Repository { id nameWithOwner state commitCount completeness { expectedCount } backfill { doneCount leftCount receivedBytes secondsLeft transport } } fragment RepositoryLine on Repository { ...Progress headOid lastError attempts nextCheckAt checkReason checkIntervalSeconds freshness { isFresh reason lagSeconds headCheckedAt } headCommit { id oid abbreviatedOid messageHeadline committedAt } }");
export const AddRepositoriesDocument = gql<AddRepositoriesMutation, AddRepositoriesMutationVariables>("mutation AddRepositories($urls: [String!]!, $trackFrom: DateTime) { addRepositories(urls: $urls, trackFrom: $trackFrom) { createdCount failedCount results { url created error { code message } repository { ...RepositoryLine } } } } fragment Progress on Repository { id nameWithOwner state commitCount completeness { expectedCount } backfill { doneCount leftCount receivedBytes secondsLeft transport } } fragment RepositoryLine on Repository { ...Progress headOid lastError attempts nextCheckAt checkReason checkIntervalSeconds freshness { isFresh reason lagSeconds headCheckedAt } headCommit { id oid abbreviatedOid messageHeadline committedAt } }");
export const AddOwnerDocument = gql<AddOwnerMutation, AddOwnerMutationVariables>("mutation AddOwner($login: String!, $dryRun: Boolean!, $includeForks: Boolean!, $includeArchived: Boolean!, $trackFrom: DateTime) { addOwner( login: $login dryRun: $dryRun includeForks: $includeForks includeArchived: $includeArchived trackFrom: $trackFrom ) { id login isFinished addedCount listedCount totalCount hiddenCount estimatedPoints nextAttemptAt repositories { nameWithOwner estimatedPoints isArchived isFork isPrivate isTracked } } }");
export const PauseDocument = gql<PauseMutation, PauseMutationVariables>("mutation Pause($repository: String!) { pauseRepository(repository: $repository) { changed repository { ...RepositoryLine } } } fragment Progress on Repository { id nameWithOwner state commitCount completeness { expectedCount } backfill { doneCount leftCount receivedBytes secondsLeft transport } } fragment RepositoryLine on Repository { ...Progress headOid lastError attempts nextCheckAt checkReason checkIntervalSeconds freshness { isFresh reason lagSeconds headCheckedAt } headCommit { id oid abbreviatedOid messageHeadline committedAt } }");
export const ResumeDocument = gql<ResumeMutation, ResumeMutationVariables>("mutation Resume($repository: String!) { resumeRepository(repository: $repository) { changed repository { ...RepositoryLine } } } fragment Progress on Repository { id nameWithOwner state commitCount completeness { expectedCount } backfill { doneCount leftCount receivedBytes secondsLeft transport } } fragment RepositoryLine on Repository { ...Progress headOid lastError attempts nextCheckAt checkReason checkIntervalSeconds freshness { isFresh reason lagSeconds headCheckedAt } headCommit { id oid abbreviatedOid messageHeadline committedAt } }");
export const RefreshDocument = gql<RefreshMutation, RefreshMutationVariables>("mutation Refresh($repository: String!) { refreshRepository(repository: $repository) { requested repository { ...RepositoryLine } } } fragment Progress on Repository { id nameWithOwner state commitCount completeness { expectedCount } backfill { doneCount leftCount receivedBytes secondsLeft transport } } fragment RepositoryLine on Repository { ...Progress headOid lastError attempts nextCheckAt checkReason checkIntervalSeconds freshness { isFresh reason lagSeconds headCheckedAt } headCommit { id oid abbreviatedOid messageHeadline committedAt } }");
export const ResetDocument = gql<ResetMutation, ResetMutationVariables>("mutation Reset($repository: String!, $from: DateTime!, $dryRun: Boolean!) { resetCommitsFrom(repository: $repository, from: $from, dryRun: $dryRun) { deletedCount repository { ...RepositoryLine } } } fragment Progress on Repository { id nameWithOwner state commitCount completeness { expectedCount } backfill { doneCount leftCount receivedBytes secondsLeft transport } } fragment RepositoryLine on Repository { ...Progress headOid lastError attempts nextCheckAt checkReason checkIntervalSeconds freshness { isFresh reason lagSeconds headCheckedAt } headCommit { id oid abbreviatedOid messageHeadline committedAt } }");
export const RemoveDocument = gql<RemoveMutation, RemoveMutationVariables>("mutation Remove($repository: String!) { removeRepository(repository: $repository) { deletedCount nameWithOwner repository { id state } } }");
export const RepositoryHeadDocument = gql<RepositoryHeadQuery, RepositoryHeadQueryVariables>("query RepositoryHead($repository: String!) { repository(nameWithOwner: $repository) { ...RepositoryLine ...CompletenessParts url defaultBranch isArchived isPrivate createdAt trackFrom lastCheckedAt lastFetchedAt oldest: commits(last: 1) { nodes { id committedAt } } } } fragment Progress on Repository { id nameWithOwner state commitCount completeness { expectedCount } backfill { doneCount leftCount receivedBytes secondsLeft transport } } fragment RepositoryLine on Repository { ...Progress headOid lastError attempts nextCheckAt checkReason checkIntervalSeconds freshness { isFresh reason lagSeconds headCheckedAt } headCommit { id oid abbreviatedOid messageHeadline committedAt } } fragment CompletenessParts on Repository { id completeness { complete storedCount githubCount expectedCount checkedAt isChecking isDeep listedCount missingCount faultCount untoldOids error } }");
export const ActivityDocument = gql<ActivityQuery, ActivityQueryVariables>("query Activity($repository: String!, $interval: ActivityInterval!, $since: DateTime!) { commitActivity(repository: $repository, interval: $interval, since: $since) { start commitCount authorCount } }");
export const TopAuthorsDocument = gql<TopAuthorsQuery, TopAuthorsQueryVariables>("query TopAuthors($repository: String!) { topAuthors(repository: $repository, first: 10) { name email login isBot commitCount lastCommitAt } }");
export const CommitsDocument = gql<CommitsQuery, CommitsQueryVariables>("query Commits($repository: String!, $first: Int!, $after: String, $filter: CommitFilter) { commits(repository: $repository, first: $first, after: $after, filter: $filter) { totalCount totalCountIsExact nodes { ...CommitLine } pageInfo { hasNextPage endCursor } } } fragment CommitLine on Commit { id oid abbreviatedOid messageHeadline committedAt firstSeenAt url reachable author { name email login } repository { id nameWithOwner } }");
export const RewritesDocument = gql<RewritesQuery, RewritesQueryVariables>("query Rewrites($repository: String!) { historyRewrites(repository: $repository, first: 20) { totalCount nodes { beforeOid afterOid detectedAt orphanedCount restoredCount before { id messageHeadline } after { id messageHeadline } } } }");
export const VerifyDocument = gql<VerifyMutation, VerifyMutationVariables>("mutation Verify($repository: String!, $deep: Boolean!) { verifyRepository(repository: $repository, deep: $deep) { started repository { ...CompletenessParts } } } fragment CompletenessParts on Repository { id completeness { complete storedCount githubCount expectedCount checkedAt isChecking isDeep listedCount missingCount faultCount untoldOids error } }");
export const SystemDocument = gql<SystemQuery, SystemQueryVariables>("query System { system { version parts { name version } queues { name readyCount deadCount } replicas { name isUsed lagSeconds } } feed { sequence oldestSequence } rateBudgets { login limit remaining resetAt pausedUntil pauseReason spentLive spentBackfill } waiting: repositories(first: 1, filter: {states: [PENDING, BACKFILLING]}) { totalCount } all: repositories(first: 1) { totalCount } failing: repositories(first: 1, filter: {states: [FAILED, UNAVAILABLE]}) { totalCount } }");
export const FailedTasksDocument = gql<FailedTasksQuery, FailedTasksQueryVariables>("query FailedTasks($first: Int!, $after: String) { failedTasks(first: $first, after: $after) { totalCount totalCountIsExact nodes { ...FailedTaskLine } pageInfo { hasNextPage endCursor } } } fragment FailedTaskLine on FailedTask { id kind code attempts batchSize page requestId firstFailedAt lastFailedAt firstError lastError nextAttemptAt repository { id nameWithOwner state } }");
export const RetryTaskDocument = gql<RetryTaskMutation, RetryTaskMutationVariables>("mutation RetryTask($id: ID!) { retryTask(id: $id) { changed repository { ...RepositoryLine } } } fragment Progress on Repository { id nameWithOwner state commitCount completeness { expectedCount } backfill { doneCount leftCount receivedBytes secondsLeft transport } } fragment RepositoryLine on Repository { ...Progress headOid lastError attempts nextCheckAt checkReason checkIntervalSeconds freshness { isFresh reason lagSeconds headCheckedAt } headCommit { id oid abbreviatedOid messageHeadline committedAt } }");
export const DiscardTaskDocument = gql<DiscardTaskMutation, DiscardTaskMutationVariables>("mutation DiscardTask($id: ID!) { discardTask(id: $id) { changed repository { ...RepositoryLine } } } fragment Progress on Repository { id nameWithOwner state commitCount completeness { expectedCount } backfill { doneCount leftCount receivedBytes secondsLeft transport } } fragment RepositoryLine on Repository { ...Progress headOid lastError attempts nextCheckAt checkReason checkIntervalSeconds freshness { isFresh reason lagSeconds headCheckedAt } headCommit { id oid abbreviatedOid messageHeadline committedAt } }");
export const ApiKeysDocument = gql<ApiKeysQuery, ApiKeysQueryVariables>("query ApiKeys { apiKeys { ...ApiKeyLine } } fragment ApiKeyLine on ApiKey { number name role repositories prefix createdAt lastUsedAt revokedAt }");
export const RevokeApiKeyDocument = gql<RevokeApiKeyMutation, RevokeApiKeyMutationVariables>("mutation RevokeApiKey($number: Int!) { revokeApiKey(number: $number) { apiKey { ...ApiKeyLine } } } fragment ApiKeyLine on ApiKey { number name role repositories prefix createdAt lastUsedAt revokedAt }");
