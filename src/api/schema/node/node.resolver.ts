import { Arg, ID, Query, Resolver } from "type-graphql";
import type { StoredCommit } from "../../../domain/commit.js";
import type { Repository } from "../../../domain/repository.js";
import { findCommit } from "../../../store/commits/commit-reader.js";
import { findRepository } from "../../../store/repositories/repository-reader.js";
import type { ApiDependencies } from "../../dependencies.js";
import { parseCommitId } from "../commits/commit-id.js";
import { Node } from "./node.type.js";

const REPOSITORY_ID = /^\d+$/;

@Resolver(() => Node)
export class NodeResolver {
  constructor(private readonly api: ApiDependencies) {}

  @Query(() => Node, {
    nullable: true,
    description: "A repository or a commit by its id; null when there is none.",
  })
  async node(
    @Arg("id", () => ID, { description: "As `id` of a repository or commit gives it." }) id: string,
  ): Promise<Repository | StoredCommit | null> {
    const { database } = this.api;
    if (REPOSITORY_ID.test(id)) return await findRepository(database, id);
    const commit = parseCommitId(id);
    if (commit === null || (await findRepository(database, String(commit.repositoryId))) === null) {
      return null;
    }
    return await findCommit(database, commit.repositoryId, commit.oid);
  }
}
