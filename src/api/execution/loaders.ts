import type { Database } from "../../postgres/database.js";
import { findCommits } from "../../store/commits/commit-reader.js";
import { readCompleteness } from "../../store/repositories/completeness-reader.js";
import { findRepositoriesByIds } from "../../store/repositories/repository-reader.js";
import type { ApiDependencies } from "../dependencies.js";
import { parseCommitId } from "../schema/commits/commit-id.js";
import { createLoader } from "./loader.js";

export type Loaders = Pick<ApiDependencies, "repositories" | "completeness" | "commits">;

/** What objects point to, asked for together. */
export function createLoaders(database: Database): Loaders {
  return {
    repositories: createLoader(
      (ids: readonly number[]) => findRepositoriesByIds(database, ids),
      ({ id }) => id,
    ),
    completeness: createLoader(
      (ids: readonly number[]) => readCompleteness(database, ids),
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
  };
}
