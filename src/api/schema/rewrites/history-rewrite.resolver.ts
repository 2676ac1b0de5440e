import { commitId, type StoredCommit } from "../../../domain/commit.js";
import { encodeCursor } from "../../../domain/cursor.js";
import type { Repository } from "../../../domain/repository.js";
import type { HistoryRewrite } from "../../../store/repositories/rewrite-reader.js";
import type { ApiDependencies } from "../../dependencies.js";
import { decodeIdCursor, requireRepository } from "../../paging/arguments.js";
import { PageArguments } from "../../paging/connection.type.js";
import { type PageRequest, pageRequest, toConnection } from "../../paging/page.js";
import { CommitType } from "../commits/commit.type.js";
import { RepositoryType } from "../repositories/repository.type.js";
import { RepositoryArgument } from "../repositories/repository-argument.js";
import { Args, Extensions, FieldResolver, Query, Resolver, Root } from "../type-graphql.js";
import { HistoryRewriteConnection, HistoryRewriteType } from "./history-rewrite.type.js";

@Resolver(() => HistoryRewriteType)
export class HistoryRewriteResolver {
  constructor(private readonly api: ApiDependencies) {}

  @Query(() => HistoryRewriteConnection, {
    description: "Rewrites of a repository's history that were noticed, the newest first.",
  })
  async historyRewrites(
    @RepositoryArgument() ref: string,
    @Args(() => PageArguments) page: PageArguments,
  ) {
    const request = pageRequest(page, decodeIdCursor);
    const { id } = await requireRepository(this.api.database, ref);
    return await listRewritePage(this.api, id, request);
  }

  @FieldResolver(() => CommitType, {
    nullable: true,
    description: "The commit of `beforeOid`; null where it is no longer stored.",
  })
  @Extensions({ isRead: true })
  async before(@Root() { repositoryId, beforeOid }: HistoryRewrite): Promise<StoredCommit | null> {
    return await this.api.commits.find(commitId(repositoryId, beforeOid));
  }

  @FieldResolver(() => CommitType, {
    nullable: true,
    description: "The commit of `afterOid`; null where it is no longer stored.",
  })
  @Extensions({ isRead: true })
  async after(@Root() { repositoryId, afterOid }: HistoryRewrite): Promise<StoredCommit | null> {
    return await this.api.commits.find(commitId(repositoryId, afterOid));
  }
}

@Resolver(() => RepositoryType)
export class RewritesOfRepositoryResolver {
  constructor(private readonly api: ApiDependencies) {}

  @FieldResolver(() => HistoryRewriteConnection, {
    description: "Rewrites of its history that were noticed, the newest first.",
  })
  async historyRewrites(
    @Root() { id }: Repository,
    @Args(() => PageArguments) page: PageArguments,
  ) {
    return await listRewritePage(this.api, id, pageRequest(page, decodeIdCursor));
  }
}

async function listRewritePage(
  { rewrites, rewriteCounts }: Pick<ApiDependencies, "rewrites" | "rewriteCounts">,
  repositoryId: number,
  request: PageRequest<number>,
) {
  return toConnection(
    await rewrites.load(repositoryId, request),
    request,
    ({ id }) => encodeCursor([id]),
    () => rewriteCounts.load(repositoryId, null),
  );
}
