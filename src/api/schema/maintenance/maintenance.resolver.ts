import { Arg, Args, ID, Mutation, Query, Resolver } from "type-graphql";
import { encodeCursor } from "../../../domain/cursor.js";
import {
  countFailed,
  type FailedTask,
  listFailed,
} from "../../../store/repositories/failure-reader.js";
import type { ApiDependencies } from "../../dependencies.js";
import { decodeIdCursor, requireRepository } from "../../paging/arguments.js";
import { PageArguments } from "../../paging/connection.type.js";
import { pageRequest, toConnection } from "../../paging/page.js";
import { RepositoryType } from "../repositories/repository.type.js";
import { FailedTaskConnection } from "./maintenance.type.js";

const REPOSITORY = "`owner/name`, or an id.";

@Resolver()
export class MaintenanceResolver {
  constructor(private readonly api: ApiDependencies) {}

  @Query(() => FailedTaskConnection, {
    description:
      "Work that was given up after many failures, and repositories that no worker survived.",
  })
  async failedTasks(@Args(() => PageArguments) page: PageArguments) {
    const request = pageRequest(page, decodeIdCursor);
    const { database } = this.api;
    const rows = await listFailed(database, request);
    return toConnection(
      rows.map(toFailedTask),
      request,
      ({ id }) => encodeCursor([Number(id)]),
      () => countFailed(database),
    );
  }

  @Mutation(() => RepositoryType, {
    description:
      "Tries work that was given up again, at once and as if it had never failed. Others stay as they are.",
  })
  async retryTask(@Arg("id", () => ID, { description: "Of the failed task." }) id: string) {
    return await this.#changed(id, (found) => this.api.retryTask(found));
  }

  @Mutation(() => RepositoryType, {
    description:
      "Takes work that was given up off the list: its repository is paused. Others stay as they are.",
  })
  async discardTask(@Arg("id", () => ID, { description: "Of the failed task." }) id: string) {
    return await this.#changed(id, (found) => this.api.discardTask(found));
  }

  @Mutation(() => RepositoryType, {
    description: "Stops checking a repository until it is resumed. What is stored stays.",
  })
  async pauseRepository(
    @Arg("repository", () => String, { description: REPOSITORY }) repository: string,
  ) {
    return await this.#changed(repository, (found) => this.api.pauseRepository(found));
  }

  @Mutation(() => RepositoryType, {
    description:
      "Checks a paused repository again, from where it was left. Others stay as they are.",
  })
  async resumeRepository(
    @Arg("repository", () => String, { description: REPOSITORY }) repository: string,
  ) {
    return await this.#changed(repository, (found) => this.api.resumeRepository(found));
  }

  async #changed(ref: string, change: (repositoryId: number) => Promise<void>) {
    const { id } = await requireRepository(this.api.database, ref);
    await change(id);
    return await this.api.repositories.load(id);
  }
}

function toFailedTask({ repository, ...failure }: FailedTask) {
  const { id, attempts, lastError, nextCheckAt } = repository;
  return {
    ...failure,
    repository,
    id: String(id),
    attempts,
    lastError,
    nextAttemptAt: nextCheckAt,
  };
}
