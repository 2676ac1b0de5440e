import type { Repository } from "../../../domain/repository.js";
import type { ApiDependencies } from "../../dependencies.js";
import { RepositoryType } from "../repositories/repository.type.js";
import { Args, Extensions, FieldResolver, Resolver, Root } from "../type-graphql.js";
import { listActivityPage } from "./activity-page.js";
import { listAuthorPage } from "./author-page.js";
import {
  ActivityPageArguments,
  AuthorPageArguments,
  AuthorStatsConnection,
  CommitActivityConnection,
} from "./statistics.type.js";

@Resolver(() => RepositoryType)
export class StatisticsOfRepositoryResolver {
  constructor(private readonly api: ApiDependencies) {}

  @FieldResolver(() => AuthorStatsConnection, {
    description: "Who has most of its reachable commits, the latest first among equals.",
  })
  @Extensions({ countsCommits: ["since", "until"] })
  async topAuthors(
    @Root() { id }: Repository,
    @Args(() => AuthorPageArguments) page: AuthorPageArguments,
  ) {
    const { topAuthors, authorCounts } = this.api;
    const source = {
      list: (range, of) => topAuthors.load(id, { ...range, page: of }),
      count: (range) => authorCounts.load(id, range),
    } satisfies Parameters<typeof listAuthorPage>[0];
    return await listAuthorPage(source, page);
  }

  @FieldResolver(() => CommitActivityConnection, {
    description: "Its reachable commits by interval, oldest first, empty ones included.",
  })
  @Extensions({ countsCommits: true })
  async activity(
    @Root() { id }: Repository,
    @Args(() => ActivityPageArguments) page: ActivityPageArguments,
  ) {
    return await listActivityPage((range) => this.api.activity.load(id, range), page);
  }
}
