import { Arg, Args, Mutation, Query, Resolver } from "type-graphql";
import { encodeCursor } from "../../../domain/cursor.js";
import { TrackerError } from "../../../domain/errors.js";
import { countRewrites, listRewrites } from "../../../store/repositories/rewrite-reader.js";
import type { ApiDependencies } from "../../dependencies.js";
import { decodeIdCursor, requireDate, requireRepository } from "../../paging/arguments.js";
import { PageArguments } from "../../paging/connection.type.js";
import { pageRequest, toConnection } from "../../paging/page.js";
import { GraphQLDateTime } from "../date-time.js";
import { RepositoryType } from "./repository.type.js";
import {
  HistoryRewriteConnection,
  RemoveRepositoryPayload,
  ResetCommitsPayload,
} from "./tracking.type.js";

@Resolver()
export class TrackingResolver {
  constructor(private readonly api: ApiDependencies) {}

  @Query(() => HistoryRewriteConnection, {
    description: "Rewrites of a repository's history that were noticed, the newest first.",
  })
  async historyRewrites(
    @Arg("repository", () => String, { description: "`owner/name`, or an id." }) repository: string,
    @Args(() => PageArguments) page: PageArguments,
  ) {
    const request = pageRequest(page, decodeIdCursor);
    const { database } = this.api;
    const { id } = await requireRepository(database, repository);
    const rows = await listRewrites(database, id, request);
    return toConnection(
      rows,
      request,
      (row) => encodeCursor([row.id]),
      () => countRewrites(database, id),
    );
  }

  @Mutation(() => ResetCommitsPayload, {
    description:
      "Deletes a repository's commits dated from then on and fetches them again; a date before `trackFrom` moves that back.",
  })
  async resetCommitsFrom(
    @Arg("repository", () => String, { description: "`owner/name`, or an id." }) repository: string,
    @Arg("from", () => GraphQLDateTime, { description: "By committer date, inclusive." })
    from: Date,
    @Arg("dryRun", () => Boolean, { defaultValue: false, description: "Only count." })
    dryRun: boolean,
  ) {
    const date = requireDate(from, "from");
    const { id } = await requireRepository(this.api.database, repository);
    const deletedCount = await this.api.resetCommits({ repositoryId: id, from: date, dryRun });
    return { repository: await this.api.repositories.load(id), deletedCount };
  }

  @Mutation(() => RepositoryType, {
    description:
      "Has GitHub asked now, instead of when the repository is due. One that is paused or given up stays as it is.",
  })
  async refreshRepository(
    @Arg("repository", () => String, { description: "`owner/name`, or an id." }) repository: string,
  ) {
    const { id } = await requireRepository(this.api.database, repository);
    if (await this.api.requestCheck(id)) return await this.api.repositories.load(id);
    throw new TrackerError("NOT_FOUND", "This repository is not tracked any more.", {
      field: "repository",
    });
  }

  @Mutation(() => RepositoryType, {
    description:
      "Has what is stored held against GitHub: its count of commits, and with `deep` its whole history, at a point for each hundred commits. What is missing is fetched. `completeness` shows the result; where it cannot be verified now (given up, paused, empty, not to be seen, its history not complete after a failure), `completeness.error` says why at once.",
  })
  async verifyRepository(
    @Arg("repository", () => String, { description: "`owner/name`, or an id." }) repository: string,
    @Arg("deep", () => Boolean, { defaultValue: false, description: "Oid by oid." }) deep: boolean,
  ) {
    const found = await requireRepository(this.api.database, repository);
    await this.api.verifyRepository(found.id, { isDeep: deep });
    return found;
  }

  @Mutation(() => RemoveRepositoryPayload, {
    description: "Stops tracking a repository and deletes everything of it.",
  })
  async removeRepository(
    @Arg("repository", () => String, { description: "`owner/name`, or an id." }) repository: string,
  ) {
    const { id, owner, name } = await requireRepository(this.api.database, repository);
    const deletedCount = await this.api.removeRepository(id);
    return { id: String(id), nameWithOwner: `${owner}/${name}`, deletedCount };
  }
}
