import type { StoredCommit } from "../../domain/commit.js";
import type { Currency } from "../../domain/freshness.js";
import type { Repository } from "../../domain/repository.js";
import type { Database } from "../../postgres/database.js";
import type { Activity, ActivityRange } from "../../store/commits/activity-reader.js";
import type { AuthorStats } from "../../store/commits/author-reader.js";
import { findCommits } from "../../store/commits/commit-reader.js";
import type { BoundedCount, IdPage } from "../../store/list.js";
import { type Backfill, readBackfills } from "../../store/repositories/backfill-reader.js";
import type { Completeness } from "../../store/repositories/completeness-reader.js";
import { readCompleteness } from "../../store/repositories/completeness-reader.js";
import { readCurrency } from "../../store/repositories/freshness-reader.js";
import { findRepositoriesByIds } from "../../store/repositories/repository-reader.js";
import type { HistoryRewrite } from "../../store/repositories/rewrite-reader.js";
import { countRewrites, listRewrites } from "../../store/repositories/rewrite-reader.js";
import type { AuthorPage } from "../../store/statistics/author-order.js";
import type { DateRange } from "../../store/statistics/spans.js";
import { parseCommitId } from "../schema/commits/commit-id.js";
import { type ArgumentLoader, createArgumentLoader, createLoader, type Loader } from "./loader.js";
import type { StatisticsReads } from "./statistics-reads.js";

/** What objects point to, asked for together. */
export interface Loaders {
  readonly repositories: Loader<number, Repository>;
  readonly completeness: Loader<number, Completeness>;
  readonly backfill: Loader<number, Backfill>;
  /** By their ids in the API. */
  readonly commits: Loader<string, StoredCommit>;
  /** What follows is by the repository. */
  readonly currency: Loader<number, Currency>;
  readonly topAuthors: ArgumentLoader<number, DateRange & { page: AuthorPage }, AuthorStats[]>;
  readonly authorCounts: ArgumentLoader<number, DateRange, BoundedCount>;
  readonly activity: ArgumentLoader<number, ActivityRange, Activity[]>;
  readonly rewrites: ArgumentLoader<number, IdPage, HistoryRewrite[]>;
  readonly rewriteCounts: ArgumentLoader<number, null, BoundedCount>;
}

export function createLoaders(database: Database, statistics: StatisticsReads): Loaders {
  return {
    repositories: createLoader(
      (ids: readonly number[]) => findRepositoriesByIds(database, ids),
      ({ id }) => id,
    ),
    completeness: createLoader(
      (ids: readonly number[]) => readCompleteness(database, ids),
      ({ id }) => id,
    ),
    backfill: createLoader(
      (ids: readonly number[]) => readBackfills(database, ids),
      ({ id }) => id,
    ),
    commits: createLoader(
      (ids: readonly string[]) =>
        findCommits(
          database.reader,
          ids.flatMap((id) => parseCommitId(id) ?? []),
        ),
      ({ id }) => id,
    ),
    currency: createLoader(
      (ids: readonly number[]) => readCurrency(database, ids),
      ({ id }) => id,
    ),
    topAuthors: createArgumentLoader((ids: readonly number[], { page, ...range }) =>
      statistics.topAuthors(ids, range, page),
    ),
    authorCounts: createArgumentLoader((ids: readonly number[], range) =>
      statistics.countAuthors(ids, range),
    ),
    activity: createArgumentLoader((ids: readonly number[], range) =>
      statistics.activity(ids, range),
    ),
    rewrites: createArgumentLoader((ids: readonly number[], page) =>
      listRewrites(database, ids, page),
    ),
    rewriteCounts: createArgumentLoader((ids: readonly number[]) => countRewrites(database, ids)),
  };
}
