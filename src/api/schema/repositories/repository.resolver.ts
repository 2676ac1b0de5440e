import type { GraphQLResolveInfo } from "graphql";
import {
  Arg,
  Args,
  FieldResolver,
  ID,
  Info,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import { TrackerError } from "../../../domain/errors.js";
import type { Repository } from "../../../domain/repository.js";
import { findRepository } from "../../../store/repositories/repository-reader.js";
import type { ApiDependencies } from "../../dependencies.js";
import { requireDate, TRACK_FROM_DESCRIPTION } from "../../paging/arguments.js";
import { CommitConnection, CommitPageArguments } from "../commits/commit.type.js";
import { listCommitPage } from "../commits/commit-page.js";
import { commitDetail } from "../commits/commit-selection.js";
import { GraphQLDateTime } from "../date-time.js";
import {
  AddRepositoryPayload,
  CompletenessType,
  RepositoryConnection,
  RepositoryPageArguments,
  RepositoryType,
} from "./repository.type.js";
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

  @Mutation(() => AddRepositoryPayload, {
    description:
      "Tracks a repository. Answers at once; a worker finds out what GitHub says of it. Adding it again, in any spelling, changes nothing.",
  })
  async addRepository(
    @Arg("url", () => String, {
      description:
        "An address as people have it: https://github.com/owner/name or any page of it, git@github.com:owner/name.git and git's other forms, package.json's, owner/name. A password in it is left behind.",
    })
    url: string,
    @Arg("trackFrom", () => GraphQLDateTime, {
      nullable: true,
      description: TRACK_FROM_DESCRIPTION,
    })
    trackFrom: Date | null,
  ) {
    const start = trackFrom == null ? null : requireDate(trackFrom, "trackFrom");
    return await this.api.addRepository({ url, trackFrom: start });
  }

  @FieldResolver(() => ID)
  id(@Root() repository: Repository): string {
    return String(repository.id);
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
