import type { GraphQLResolveInfo } from "graphql";
import { commitId, type StoredCommit } from "../../../domain/commit.js";
import { TrackerError } from "../../../domain/errors.js";
import { type Freshness, freshnessOf } from "../../../domain/freshness.js";
import { globalId } from "../../../domain/global-id.js";
import type { Repository } from "../../../domain/repository.js";
import { findRepository } from "../../../store/repositories/repository-reader.js";
import type { ApiDependencies } from "../../dependencies.js";
import { CommitConnection, CommitPageArguments, CommitType } from "../commits/commit.type.js";
import { listCommitPage } from "../commits/commit-page.js";
import { commitDetail } from "../commits/commit-selection.js";
import {
  Arg,
  Args,
  Extensions,
  FieldResolver,
  ID,
  Info,
  Int,
  Query,
  Resolver,
  Root,
} from "../type-graphql.js";
import { BackfillType } from "./backfill.type.js";
import { CompletenessType } from "./completeness.type.js";
import { FreshnessType } from "./freshness.type.js";
import { RepositoryConnection, RepositoryType } from "./repository.type.js";
import { RepositoryPageArguments } from "./repository-list.type.js";
import { listRepositoryPage } from "./repository-page.js";

@Resolver(() => RepositoryType)
export class RepositoryResolver {
  constructor(private readonly api: ApiDependencies) {}

  @Query(() => RepositoryType, {
    nullable: true,
    description: "One tracked repository, by its id or its name; null when there is none.",
  })
  async repository(
    @Arg("id", () => ID, { nullable: true, description: "Either this or `nameWithOwner`." })
    id: string | null,
    @Arg("nameWithOwner", () => String, {
      nullable: true,
      description: "`owner/name` in any letter case; former names find it too.",
    })
    nameWithOwner: string | null,
  ): Promise<Repository | null> {
    const ref = id ?? nameWithOwner;
    if (ref == null || (id != null && nameWithOwner != null)) {
      throw new TrackerError("BAD_USER_INPUT", "Give either `id` or `nameWithOwner`.", {
        field: "id",
      });
    }
    return await findRepository(this.api.database, ref);
  }

  @Query(() => RepositoryConnection, {
    description: "Tracked repositories, in the order they were added unless asked otherwise.",
  })
  async repositories(@Args(() => RepositoryPageArguments) page: RepositoryPageArguments) {
    return await listRepositoryPage(this.api.database, page);
  }

  @FieldResolver(() => ID)
  id(@Root() repository: Repository): string {
    return globalId("Repository", repository.id);
  }

  @FieldResolver(() => String)
  nameWithOwner(@Root() { owner, name }: Repository): string {
    return `${owner}/${name}`;
  }

  @FieldResolver(() => String)
  url(@Root() { owner, name }: Repository): string {
    return `${this.api.gitHubWebUrl}/${owner}/${name}`;
  }

  @FieldResolver(() => Int, { nullable: true })
  checkIntervalSeconds(@Root() { checkIntervalMs }: Repository): number | null {
    return checkIntervalMs === null ? null : Math.round(checkIntervalMs / 1_000);
  }

  @FieldResolver(() => CompletenessType, {
    description: "Whether all of its history is stored, and what says so.",
  })
  completeness(@Root() { id }: Repository): Promise<CompletenessType> {
    return this.api.completeness.load(id);
  }

  @FieldResolver(() => BackfillType, {
    nullable: true,
    description: "How far its history is while that is being fetched; null otherwise.",
  })
  @Extensions({ isRead: true })
  async backfill(@Root() { id }: Repository): Promise<BackfillType | null> {
    return (await this.api.backfill.find(id)) ?? null;
  }

  @FieldResolver(() => FreshnessType, {
    description: "How far what is stored is behind GitHub, at the time of the answer.",
  })
  @Extensions({ isRead: true })
  async freshness(@Root() { id }: Repository): Promise<Freshness> {
    return freshnessOf(await this.api.currency.load(id));
  }

  @FieldResolver(() => CommitType, {
    nullable: true,
    description: "The commit of `headOid`.",
  })
  @Extensions({ isRead: true })
  async headCommit(@Root() { id, headOid }: Repository): Promise<StoredCommit | null> {
    return headOid === null ? null : await this.api.commits.find(commitId(id, headOid));
  }

  @FieldResolver(() => CommitConnection, {
    description: "Its commits, newest committer date first.",
  })
  commits(
    @Root() { id }: Repository,
    @Args(() => CommitPageArguments) page: CommitPageArguments,
    @Info() info: GraphQLResolveInfo,
  ) {
    return listCommitPage(this.api.database, id, page, commitDetail(info));
  }
}
