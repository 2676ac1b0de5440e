import type { GraphQLResolveInfo } from "graphql";
import { type CoAuthor, coAuthorsOf } from "../../../domain/co-author.js";
import { bodyOf, commitId, type StoredCommit } from "../../../domain/commit.js";
import type { Repository } from "../../../domain/repository.js";
import { findCommit } from "../../../store/commits/commit-reader.js";
import { parseRepositoryId } from "../../../store/repositories/repository-reader.js";
import type { ApiDependencies } from "../../dependencies.js";
import { requireOid, requireRepository } from "../../paging/arguments.js";
import { RepositoryType } from "../repositories/repository.type.js";
import {
  OptionalRepositoryArgument,
  RepositoryArgument,
} from "../repositories/repository-argument.js";
import {
  Arg,
  Args,
  Extensions,
  FieldResolver,
  Info,
  Query,
  Resolver,
  Root,
} from "../type-graphql.js";
import { CoAuthorType, CommitConnection, CommitPageArguments, CommitType } from "./commit.type.js";
import { listCommitPage } from "./commit-page.js";
import { commitDetail } from "./commit-selection.js";

/** A merge has two, others one. */
const PARENTS_USUAL = 2;
const CO_AUTHORS_USUAL = 2;

/** Events bring their repository along, so that delivering one asks the database nothing. */
export type CommitOfEvent = StoredCommit & { readonly repository: Repository };

@Resolver(() => CommitType)
export class CommitResolver {
  constructor(private readonly api: ApiDependencies) {}

  @Query(() => CommitType, {
    nullable: true,
    description: "One commit of a repository, orphaned ones too; null when it is not stored.",
  })
  async commit(
    @RepositoryArgument() ref: string,
    @Arg("oid", () => String, { description: "The whole object id, in hex." }) oid: string,
  ): Promise<StoredCommit | null> {
    const wanted = requireOid(oid);
    const { id } = await requireRepository(this.api.database, ref);
    return await findCommit(this.api.database, id, wanted);
  }

  @Query(() => CommitConnection, {
    description: "Reachable commits of one repository or of all, newest committer date first.",
  })
  async commits(
    @OptionalRepositoryArgument() ref: string | null,
    @Args(() => CommitPageArguments) page: CommitPageArguments,
    @Info() info: GraphQLResolveInfo,
  ) {
    const { database } = this.api;
    const detail = commitDetail(info);
    if (ref == null) return await listCommitPage(database, null, page, detail);
    // A repository that has commits exists: only where there are none its id has to be looked up.
    const id = parseRepositoryId(ref) ?? (await requireRepository(database, ref)).id;
    const found = await listCommitPage(database, id, page, detail);
    if (found.nodes.length === 0) await requireRepository(database, ref);
    return found;
  }

  @FieldResolver(() => String)
  sequence(@Root() { sequence }: StoredCommit): string {
    return String(sequence);
  }

  @FieldResolver(() => String)
  messageBody(@Root() { message }: StoredCommit): string {
    return bodyOf(message);
  }

  @FieldResolver(() => [CoAuthorType])
  @Extensions({ listSize: CO_AUTHORS_USUAL })
  coAuthors(@Root() { message }: StoredCommit): CoAuthor[] {
    return coAuthorsOf(message);
  }

  @FieldResolver(() => [CommitType], {
    nullable: "items",
    description:
      "`parents` as commits, in the same order; null where one is not stored: beyond the tracking start, or still to be fetched.",
  })
  @Extensions({ listSize: PARENTS_USUAL })
  async parentCommits(@Root() { repositoryId, parents }: StoredCommit) {
    return await Promise.all(
      parents.map((oid) => this.api.commits.find(commitId(repositoryId, oid))),
    );
  }

  @FieldResolver(() => RepositoryType, { description: "The repository it was stored for." })
  async repository(@Root() commit: StoredCommit | CommitOfEvent): Promise<Repository> {
    if ("repository" in commit) return commit.repository;
    return await this.api.repositories.load(commit.repositoryId);
  }

  @FieldResolver(() => String)
  async url(@Root() commit: StoredCommit | CommitOfEvent): Promise<string> {
    const { owner, name } = await this.repository(commit);
    return `${this.api.gitHubWebUrl}/${owner}/${name}/commit/${commit.oid}`;
  }
}
