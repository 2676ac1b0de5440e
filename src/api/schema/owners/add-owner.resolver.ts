import { globalId } from "../../../domain/global-id.js";
import type { Repository } from "../../../domain/repository.js";
import { parseLogin } from "../../../domain/repository-name.js";
import type { OwnerListing } from "../../../store/work/listing-store.js";
import type { ApiDependencies } from "../../dependencies.js";
import type { PresenceContext } from "../../http/client-presence.js";
import { requireOptionalDate } from "../../paging/arguments.js";
import { RepositoryType } from "../repositories/repository.type.js";
import { TrackFromArgument } from "../repositories/repository-argument.js";
import {
  Arg,
  Ctx,
  Extensions,
  FieldResolver,
  ID,
  Mutation,
  Resolver,
  Root,
} from "../type-graphql.js";
import { AddOwnerPayload, OwnerRepository } from "./add-owner.type.js";

/** Many proxies cut off what takes half a minute. */
const WAIT_MS = 25_000;

@Resolver()
export class AddOwnerResolver {
  constructor(private readonly api: ApiDependencies) {}

  @Mutation(() => AddOwnerPayload, {
    description:
      "Tracks all repositories of a user or an organisation, or with `dryRun` only lists them and guesses what it would cost. A worker asks GitHub, a point for each hundred repositories; the answer comes when it is through, or after 25 seconds with what there is then. Sent again it goes on waiting, or lists anew when the result has been told: what is tracked already stays as it is. `NOT_FOUND` when GitHub has no such owner.",
  })
  async addOwner(
    @Arg("login", () => String, {
      description: "Of the user or the organisation; its page's address does too.",
    })
    login: string,
    @TrackFromArgument() trackFrom: Date | null,
    @Arg("includeForks", () => Boolean, {
      defaultValue: false,
      description: "Forks of other repositories too.",
    })
    includeForks: boolean,
    @Arg("includeArchived", () => Boolean, {
      defaultValue: false,
      description: "Those that are read-only too.",
    })
    includeArchived: boolean,
    @Arg("dryRun", () => Boolean, { defaultValue: false, description: "Add nothing." })
    dryRun: boolean,
    @Ctx() { untilGone }: PresenceContext,
  ) {
    const request = {
      login: parseLogin(login, new URL(this.api.gitHubWebUrl).host),
      trackFrom: requireOptionalDate(trackFrom, "trackFrom"),
      ...{ includeForks, includeArchived, isDryRun: dryRun },
    };
    const listing = await this.api.waitingRooms.addOwner.enter(() =>
      this.api.addOwner({
        ...request,
        waitMs: WAIT_MS,
        signal: untilGone?.() ?? new AbortController().signal,
      }),
    );
    return toPayload(listing);
  }
}

@Resolver(() => OwnerRepository)
export class OwnerRepositoryResolver {
  constructor(private readonly api: ApiDependencies) {}

  @FieldResolver(() => ID, { nullable: true })
  repositoryId(@Root() { repositoryId }: ListedRepository): string | null {
    return repositoryId === null ? null : globalId("Repository", repositoryId);
  }

  @FieldResolver(() => RepositoryType, { nullable: true })
  @Extensions({ isRead: true })
  async repository(@Root() { repositoryId }: ListedRepository): Promise<Repository | null> {
    return repositoryId === null ? null : await this.api.repositories.find(repositoryId);
  }
}

type ListedRepository = OwnerListing["repositories"][number];

function toPayload({ id, isFinished, dueAt, points, repositories, ...rest }: OwnerListing) {
  return {
    ...rest,
    id: globalId("AddOwnerPayload", id),
    isFinished,
    nextAttemptAt: isFinished ? null : dueAt,
    estimatedPoints: points,
    repositories,
  };
}
