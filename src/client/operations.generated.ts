// Written by `npm run generate:operations` from schema.graphql and src/client/operations.graphql.
import { parse, type TypedQueryDocumentNode } from "graphql";

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
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

/** Default: newest committer date first. */
export type CommitOrder = {
  /** Which end first. */
  readonly direction?: OrderDirection;
  /** By what. */
  readonly field?: CommitOrderField;
};

/** What commits are ordered by. */
export type CommitOrderField =
  /** Committer date, then repository and object id. */
  | 'COMMITTED_AT'
  /** Arrival: `sequence`, and within an event as it has them. What is stored later has a higher place. */
  | 'SEQUENCE';

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

export type CommitFieldsFragment = { readonly id: string, readonly oid: string, readonly abbreviatedOid: string, readonly messageHeadline: string, readonly authoredAt: string, readonly committedAt: string, readonly sequence: string, readonly reachable: boolean, readonly url: string, readonly author: { readonly name: string, readonly email: string, readonly login: string | null, readonly avatarUrl: string | null }, readonly repository: { readonly id: string, readonly nameWithOwner: string } };

export type RepositoryFieldsFragment = { readonly id: string, readonly nameWithOwner: string, readonly url: string, readonly state: RepositoryState, readonly headOid: string | null, readonly commitCount: number, readonly lastError: string | null, readonly freshness: { readonly isFresh: boolean, readonly headCheckedAt: string | null, readonly nextCheckAt: string | null, readonly lagSeconds: number | null } };

export type FeedQueryVariables = Exact<{ [key: string]: never; }>;


export type FeedQuery = { readonly feed: { readonly sequence: string, readonly oldestSequence: string | null } };

export type CommitsQueryVariables = Exact<{
  repository?: string | null | undefined;
  filter?: CommitFilter | null | undefined;
  orderBy?: CommitOrder | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type CommitsQuery = { readonly commits: { readonly totalCount: number, readonly totalCountIsExact: boolean, readonly nodes: ReadonlyArray<CommitFieldsFragment>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type CommitQueryVariables = Exact<{
  repository: string;
  oid: string;
}>;


export type CommitQuery = { readonly commit: (
    { readonly message: string, readonly parents: ReadonlyArray<string> }
    & CommitFieldsFragment
  ) | null };

export type RepositoriesQueryVariables = Exact<{
  filter?: RepositoryFilter | null | undefined;
  orderBy?: RepositoryOrder | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type RepositoriesQuery = { readonly repositories: { readonly totalCount: number, readonly nodes: ReadonlyArray<RepositoryFieldsFragment>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type RepositoryQueryVariables = Exact<{
  nameWithOwner: string;
}>;


export type RepositoryQuery = { readonly repository: (
    { readonly completeness: { readonly complete: boolean, readonly checkedAt: string | null }, readonly backfill: { readonly transport: HistoryTransport, readonly doneCount: number, readonly leftCount: number | null, readonly secondsLeft: number | null } | null }
    & RepositoryFieldsFragment
  ) | null };

export type AddRepositoryMutationVariables = Exact<{
  url: string;
  trackFrom?: string | null | undefined;
}>;


export type AddRepositoryMutation = { readonly addRepository: { readonly created: boolean, readonly repository: RepositoryFieldsFragment } };

export type AwaitCommitMutationVariables = Exact<{
  repository: string;
  oid: string;
  timeout?: number;
}>;


export type AwaitCommitMutation = { readonly awaitCommit: { readonly waitedMs: number, readonly commit: CommitFieldsFragment } };

export type RefreshRepositoryMutationVariables = Exact<{
  repository: string;
}>;


export type RefreshRepositoryMutation = { readonly refreshRepository: { readonly repository: RepositoryFieldsFragment } };

export type RemoveRepositoryMutationVariables = Exact<{
  repository: string;
}>;


export type RemoveRepositoryMutation = { readonly removeRepository: { readonly deletedCount: number, readonly repository: RepositoryFieldsFragment } };

export type CommitsIngestedSubscriptionVariables = Exact<{
  after?: string | null | undefined;
  repositories?: ReadonlyArray<string> | string | null | undefined;
  kinds?: ReadonlyArray<IngestKind> | IngestKind | null | undefined;
  author?: string | null | undefined;
  bookmarks?: boolean | null | undefined;
}>;


export type CommitsIngestedSubscription = { readonly commitsIngested: { readonly cursor: string, readonly sequence: string, readonly kind: IngestKind, readonly headOid: string | null, readonly ingestedAt: string, readonly orphanedOids: ReadonlyArray<string>, readonly restoredOids: ReadonlyArray<string>, readonly repository: { readonly id: string, readonly nameWithOwner: string } | null, readonly commits: ReadonlyArray<CommitFieldsFragment> } };

export type RepositoryUpdatedSubscriptionVariables = Exact<{
  repositories?: ReadonlyArray<string> | string | null | undefined;
}>;


export type RepositoryUpdatedSubscription = { readonly repositoryUpdated: RepositoryFieldsFragment };

export const FeedDocument = /* @__PURE__ */ parse("query Feed { feed { sequence oldestSequence } }") as TypedQueryDocumentNode<FeedQuery, FeedQueryVariables>;
export const CommitsDocument = /* @__PURE__ */ parse("query Commits($repository: String, $filter: CommitFilter, $orderBy: CommitOrder, $first: Int, $after: String) { commits( repository: $repository filter: $filter orderBy: $orderBy first: $first after: $after ) { totalCount totalCountIsExact nodes { ...CommitFields } pageInfo { hasNextPage endCursor } } } fragment CommitFields on Commit { id oid abbreviatedOid messageHeadline authoredAt committedAt sequence reachable url author { name email login avatarUrl } repository { id nameWithOwner } }") as TypedQueryDocumentNode<CommitsQuery, CommitsQueryVariables>;
export const CommitDocument = /* @__PURE__ */ parse("query Commit($repository: String!, $oid: String!) { commit(repository: $repository, oid: $oid) { ...CommitFields message parents } } fragment CommitFields on Commit { id oid abbreviatedOid messageHeadline authoredAt committedAt sequence reachable url author { name email login avatarUrl } repository { id nameWithOwner } }") as TypedQueryDocumentNode<CommitQuery, CommitQueryVariables>;
export const RepositoriesDocument = /* @__PURE__ */ parse("query Repositories($filter: RepositoryFilter, $orderBy: RepositoryOrder, $first: Int, $after: String) { repositories(filter: $filter, orderBy: $orderBy, first: $first, after: $after) { totalCount nodes { ...RepositoryFields } pageInfo { hasNextPage endCursor } } } fragment RepositoryFields on Repository { id nameWithOwner url state headOid commitCount lastError freshness { isFresh headCheckedAt nextCheckAt lagSeconds } }") as TypedQueryDocumentNode<RepositoriesQuery, RepositoriesQueryVariables>;
export const RepositoryDocument = /* @__PURE__ */ parse("query Repository($nameWithOwner: String!) { repository(nameWithOwner: $nameWithOwner) { ...RepositoryFields completeness { complete checkedAt } backfill { transport doneCount leftCount secondsLeft } } } fragment RepositoryFields on Repository { id nameWithOwner url state headOid commitCount lastError freshness { isFresh headCheckedAt nextCheckAt lagSeconds } }") as TypedQueryDocumentNode<RepositoryQuery, RepositoryQueryVariables>;
export const AddRepositoryDocument = /* @__PURE__ */ parse("mutation AddRepository($url: String!, $trackFrom: DateTime) { addRepository(url: $url, trackFrom: $trackFrom) { created repository { ...RepositoryFields } } } fragment RepositoryFields on Repository { id nameWithOwner url state headOid commitCount lastError freshness { isFresh headCheckedAt nextCheckAt lagSeconds } }") as TypedQueryDocumentNode<AddRepositoryMutation, AddRepositoryMutationVariables>;
export const AwaitCommitDocument = /* @__PURE__ */ parse("mutation AwaitCommit($repository: String!, $oid: String!, $timeout: Int! = 30) { awaitCommit(repository: $repository, oid: $oid, timeout: $timeout) { waitedMs commit { ...CommitFields } } } fragment CommitFields on Commit { id oid abbreviatedOid messageHeadline authoredAt committedAt sequence reachable url author { name email login avatarUrl } repository { id nameWithOwner } }") as TypedQueryDocumentNode<AwaitCommitMutation, AwaitCommitMutationVariables>;
export const RefreshRepositoryDocument = /* @__PURE__ */ parse("mutation RefreshRepository($repository: String!) { refreshRepository(repository: $repository) { repository { ...RepositoryFields } } } fragment RepositoryFields on Repository { id nameWithOwner url state headOid commitCount lastError freshness { isFresh headCheckedAt nextCheckAt lagSeconds } }") as TypedQueryDocumentNode<RefreshRepositoryMutation, RefreshRepositoryMutationVariables>;
export const RemoveRepositoryDocument = /* @__PURE__ */ parse("mutation RemoveRepository($repository: String!) { removeRepository(repository: $repository) { deletedCount repository { ...RepositoryFields } } } fragment RepositoryFields on Repository { id nameWithOwner url state headOid commitCount lastError freshness { isFresh headCheckedAt nextCheckAt lagSeconds } }") as TypedQueryDocumentNode<RemoveRepositoryMutation, RemoveRepositoryMutationVariables>;
export const CommitsIngestedDocument = /* @__PURE__ */ parse("subscription CommitsIngested($after: String, $repositories: [String!], $kinds: [IngestKind!], $author: String, $bookmarks: Boolean) { commitsIngested( after: $after repositories: $repositories kinds: $kinds author: $author bookmarks: $bookmarks ) { cursor sequence kind headOid ingestedAt repository { id nameWithOwner } commits { ...CommitFields } orphanedOids restoredOids } } fragment CommitFields on Commit { id oid abbreviatedOid messageHeadline authoredAt committedAt sequence reachable url author { name email login avatarUrl } repository { id nameWithOwner } }") as TypedQueryDocumentNode<CommitsIngestedSubscription, CommitsIngestedSubscriptionVariables>;
export const RepositoryUpdatedDocument = /* @__PURE__ */ parse("subscription RepositoryUpdated($repositories: [String!]) { repositoryUpdated(repositories: $repositories) { ...RepositoryFields } } fragment RepositoryFields on Repository { id nameWithOwner url state headOid commitCount lastError freshness { isFresh headCheckedAt nextCheckAt lagSeconds } }") as TypedQueryDocumentNode<RepositoryUpdatedSubscription, RepositoryUpdatedSubscriptionVariables>;
