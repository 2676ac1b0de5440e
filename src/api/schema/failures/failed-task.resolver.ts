import { encodeCursor } from "../../../domain/cursor.js";
import { keyOfId } from "../../../domain/global-id.js";
import { countFailed, listFailed } from "../../../store/repositories/failure-reader.js";
import type { ApiDependencies } from "../../dependencies.js";
import { decodeIdCursor } from "../../paging/arguments.js";
import { PageArguments } from "../../paging/connection.type.js";
import { pageRequest, toConnection } from "../../paging/page.js";
import { changeRepository } from "../repositories/repository-argument.js";
import { Arg, Args, ID, Mutation, Query, Resolver } from "../type-graphql.js";
import { showFailedTask } from "./failed-task.js";
import { DiscardTaskPayload, FailedTaskConnection, RetryTaskPayload } from "./failed-task.type.js";

const ID_DESCRIPTION = "Of the failed task, or of its repository.";

@Resolver()
export class FailedTaskResolver {
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
      rows.map(showFailedTask),
      request,
      ({ repository }) => encodeCursor([repository.id]),
      () => countFailed(database),
    );
  }

  @Mutation(() => RetryTaskPayload, {
    description:
      "Tries work that was given up again, at once and as if it had never failed. Others stay as they are.",
  })
  async retryTask(@Arg("id", () => ID, { description: ID_DESCRIPTION }) id: string) {
    return await this.#change(id, this.api.retryTask);
  }

  @Mutation(() => DiscardTaskPayload, {
    description:
      "Takes work that was given up off the list: its repository is paused. Others stay as they are.",
  })
  async discardTask(@Arg("id", () => ID, { description: ID_DESCRIPTION }) id: string) {
    return await this.#change(id, this.api.discardTask);
  }

  async #change(id: string, change: (repositoryId: number) => Promise<boolean>) {
    const ref = keyOfId("FailedTask", id);
    const changed = await changeRepository(this.api, ref, (found) => change(found.id));
    return { repository: changed.repository, changed: changed.done };
  }
}
