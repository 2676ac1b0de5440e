import type { Interval } from "../../../domain/calendar.js";
import { connectionTypes, PageArguments } from "../../paging/connection.type.js";
import { GraphQLDateTime } from "../date-time.js";
import { ArgsType, Field, Int, ObjectType, registerEnumType } from "../type-graphql.js";

@ObjectType({
  simpleResolvers: true,
  description:
    "One person's reachable commits. Those of one login are one person's; without a login, those of one e-mail, in any letter case.",
})
export class AuthorStats {
  @Field(() => String, { description: "As their newest commits have it." })
  name!: string;

  @Field(() => String, { description: "As their newest commits have it." })
  email!: string;

  @Field(() => String, { nullable: true, description: "GitHub account, if any." })
  login!: string | null;

  @Field(() => String, { nullable: true, description: "Picture of that account." })
  avatarUrl!: string | null;

  @Field(() => Int, { description: "Their reachable commits in that time." })
  commitCount!: number;

  @Field(() => GraphQLDateTime, { description: "Committer date of the first of these." })
  firstCommitAt!: Date;

  @Field(() => GraphQLDateTime, { description: "Committer date of the last of these." })
  lastCommitAt!: Date;

  @Field(() => Boolean, {
    description: "Whether the name, the login or the e-mail is one that only bots have.",
  })
  isBot!: boolean;
}

export const ActivityInterval = { DAY: "DAY", WEEK: "WEEK", MONTH: "MONTH" } as const satisfies {
  [Key in Interval]: Key;
};
registerEnumType(ActivityInterval, {
  name: "ActivityInterval",
  description: "In what steps commits are counted, in UTC.",
  valuesConfig: {
    DAY: { description: "From midnight to midnight." },
    WEEK: { description: "From Monday to Monday." },
    MONTH: { description: "Of the calendar." },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: "The reachable commits of one interval, by committer date.",
})
export class CommitActivity {
  @Field(() => GraphQLDateTime, { description: "When the interval begins." })
  start!: Date;

  @Field(() => Int, { description: "Commits; 0 where there are none." })
  commitCount!: number;

  @Field(() => Int, { description: "People that they are by." })
  authorCount!: number;
}

export const AuthorStatsConnection = connectionTypes("AuthorStats", () => AuthorStats);
export const CommitActivityConnection = connectionTypes("CommitActivity", () => CommitActivity);

@ArgsType()
export class AuthorPageArguments extends PageArguments {
  @Field(() => GraphQLDateTime, { nullable: true, description: "Committed then or later." })
  since?: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "Committed then or earlier." })
  until?: Date | null;
}

@ArgsType()
export class ActivityPageArguments extends PageArguments {
  @Field(() => ActivityInterval, { defaultValue: "DAY", description: "Steps." })
  interval!: Interval;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "Committed then or later; absent: as many intervals as the page has.",
  })
  since?: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "Committed then or earlier; absent: the interval that is now.",
  })
  until?: Date | null;
}
