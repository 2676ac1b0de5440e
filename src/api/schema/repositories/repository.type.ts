import type { ShownState } from "../../../domain/repository.js";
import type { WorkReason } from "../../../domain/work.js";
import { connectionTypes } from "../../paging/connection.type.js";
import { GraphQLDateTime } from "../date-time.js";
import { Node } from "../node/node.type.js";
import { Field, ID, Int, ObjectType } from "../type-graphql.js";
import { CheckReasonEnum, RepositoryStateEnum } from "./repository-state.type.js";

@ObjectType("Repository", {
  simpleResolvers: true,
  implements: Node,
  description: "A tracked repository: its default branch's history.",
})
export class RepositoryType implements Node {
  @Field(() => ID, { description: "Stays the same when the repository is renamed." })
  id!: string;

  @Field(() => String, { description: "`owner/name`, as GitHub writes it now." })
  nameWithOwner!: string;

  @Field(() => String, { description: "The account it belongs to." })
  owner!: string;

  @Field(() => String, { description: "Its name within that account." })
  name!: string;

  @Field(() => String, { description: "Its page." })
  url!: string;

  @Field(() => RepositoryStateEnum, { description: "Where its tracking stands." })
  state!: ShownState;

  @Field(() => String, { nullable: true, description: "Null until GitHub has told it." })
  defaultBranch!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The stored commits are exactly those that this head leads to.",
  })
  headOid!: string | null;

  @Field(() => Int, { description: "Stored commits that are reachable." })
  commitCount!: number;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description:
      "Where the stored history begins: a place in it, found once by this date, not a filter on dates. See `addRepository`.",
  })
  trackFrom!: Date | null;

  @Field(() => Boolean, { description: "Read-only on GitHub, as last seen." })
  isArchived!: boolean;

  @Field(() => Boolean, { description: "Not public on GitHub, as last seen." })
  isPrivate!: boolean;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When GitHub was last asked about it.",
  })
  lastCheckedAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When commits were last stored." })
  lastFetchedAt!: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description:
      "When GitHub is asked again. Null while nothing is due: it is paused, or its first history waits to be fetched, or it is removed.",
  })
  nextCheckAt!: Date | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Seconds from the last check to the next, as planned; null before the first, and while none is due.",
  })
  checkIntervalSeconds!: number | null;

  @Field(() => CheckReasonEnum, {
    description: "Why the next check is when it is; without meaning where none is due.",
  })
  checkReason!: WorkReason;

  @Field(() => Int, { description: "Failed attempts in a row." })
  attempts!: number;

  @Field(() => String, {
    nullable: true,
    description: "Why the last attempt failed; null after a success.",
  })
  lastError!: string | null;

  @Field(() => GraphQLDateTime, { description: "When it was added." })
  createdAt!: Date;
}

export const RepositoryConnection = connectionTypes("Repository", () => RepositoryType);
